//! A rule's page as a test: its prose, and its code blocks as examples to run.

/// A piece of a page.
#[derive(Debug, PartialEq)]
pub enum Part {
    /// Prose, headings and blank lines.
    Prose(String),
    /// A fenced block: the words behind the fence, and its text.
    Block(Vec<String>, String),
}

/// Takes a page apart.
pub fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut prose = String::new();
    let mut block: Option<(Vec<String>, String)> = None;
    for line in page.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(info)) => {
                parts.push(Part::Prose(std::mem::take(&mut prose)));
                block = Some((info.split_whitespace().map(str::to_owned).collect(), String::new()));
            }
            (Some(_), Some(_)) => {
                let (info, text) = block.take().unwrap();
                parts.push(Part::Block(info, text));
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    assert!(block.is_none(), "a code block that does not end");
    parts.push(Part::Prose(prose));
    parts
}

/// Puts a page together again.
pub fn text(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Prose(text) => text.clone(),
            Part::Block(info, text) => format!("```{}\n{text}```\n", info.join(" ")),
        })
        .collect()
}
