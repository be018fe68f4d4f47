//! Streams of YAML by chance, of what readers of YAML disagree about.

/// A generator of small documents, each part of which some reader reads in its own way.
pub struct Generator(pub u64);

impl Generator {
    /// The next of `xorshift64`.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    fn scalar(&mut self) -> String {
        let text = self.one(&[
            "1",
            "0777",
            "08",
            "0x1f",
            "0b11",
            "1_0",
            "1.5",
            "1.",
            ".5",
            "._5",
            "1e3",
            "~",
            "yes",
            "n",
            "tRue",
            "",
            "a",
            "a b",
            "a:b",
            "a#b",
            "a #b",
            "<<",
            "'<<'",
            "'x'",
            "\"a\\nb\"",
            "\"\\/\"",
            "é",
            "a?b",
            "12:30",
            "2001-01-01",
            "0.1",
            "1e21",
            "\"\\0\"",
            "-0.0",
            "x:",
        ]);
        let tag = match self.below(6) {
            0 => self.one(&["! ", "!!str ", "!own ", "!!int ", "!!null ", "!!float ", "!!merge "]),
            1 => "&a ",
            _ => "",
        };
        format!("{tag}{text}")
    }

    fn key(&mut self) -> String {
        let key = self.one(&["a", "b", "c", "<<", "<<", "'<<'", "1", "1.0", "1e6", "yes", "\"q\""]);
        let tag = match self.below(8) {
            0 => self.one(&["! ", "!!str ", "!!merge ", "!<!> ", "&k "]),
            _ => "",
        };
        format!("{tag}{key}")
    }

    fn flow(&mut self, depth: usize) -> String {
        let count = self.below(4);
        match self.below(if depth == 0 { 2 } else { 6 }) {
            0 => self.scalar(),
            1 => self.one(&["*base", "*list", "~", "1"]).to_owned(),
            2 => {
                let parts: Vec<String> = (0..count).map(|_| self.flow(depth - 1)).collect();
                format!("[{}]", parts.join(self.one(&[", ", ",", " , "])))
            }
            _ => {
                let colon = self.one(&[": ", ": ", " : ", ":"]);
                let part =
                    |this: &mut Self| format!("{}{colon}{}", this.key(), this.flow(depth - 1));
                let parts: Vec<String> = (0..count).map(|_| part(self)).collect();
                format!("{{{}}}", parts.join(self.one(&[", ", ",", ",\n    "])))
            }
        }
    }

    fn document(&mut self) -> String {
        let anchors = "base: &base {p: 1, q: 2}\nlist: &list [{p: 3}, {r: ~}]\n";
        let fields: Vec<String> = (0..=self.below(2))
            .map(|at| {
                let value = match self.below(3) {
                    0 => format!(
                        "\n  {}: {}\n  {}: {}",
                        self.key(),
                        self.flow(1),
                        self.key(),
                        self.scalar()
                    ),
                    1 => format!("\n- {}\n- {}", self.flow(1), self.scalar()),
                    _ => format!(" {}", self.flow(2)),
                };
                format!("f{at}:{value}\n")
            })
            .collect();
        format!("apiVersion: v1\nkind: Thing\n{anchors}{}", fields.concat())
    }

    pub fn stream(&mut self) -> String {
        let mut text = self.document();
        for _ in 0..self.below(3) {
            text += self.one(&[
                "---\n",
                "---\n",
                "---\n",
                "---\n",
                "--- # c\n",
                "---\n---\n",
                "...\n---\n",
                "...\n",
                "--- x\n",
            ]);
            text += &self.document();
        }
        match self.below(12) {
            0 => text.replace('\n', "\r\n"),
            1 => text.replace('\n', "\r"),
            2 => text.trim_end().to_owned(),
            3 => format!("\u{feff}{text}"),
            _ => text,
        }
    }
}
