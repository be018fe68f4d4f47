//! Text in Markdown that means itself.

use crate::audit::outcome::Audit;
use crate::audit::workload::Workload;
use crate::text::printable;

/// Text as it is, whatever of it means something in Markdown, and in one line.
pub(super) fn plain(text: &str) -> String {
    let text = printable(text);
    let mut plain = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut all = text.chars().peekable();
    while let Some(c) = all.next() {
        let is_mark = match c {
            '-' | ',' | '\'' | '"' | '=' | ';' | '%' | '/' => false,
            // These make links of addresses, and of nothing else.
            ':' => all.peek() == Some(&'/'),
            '.' => before.eq_ignore_ascii_case(&'w'),
            c => c.is_ascii_punctuation(),
        };
        if is_mark {
            plain.push('\\');
        }
        plain.push(c);
        before = c;
    }
    plain
}

/// A workload by kind, namespace and name.
pub(super) fn title(audit: &Audit, workload: &Workload) -> String {
    let pool = &audit.book.texts.pool;
    let namespace = workload.namespace.map(|name| format!("{}/", pool.get(name)));
    let (kind, name) = (pool.get(workload.kind), pool.get(workload.name));
    format!("{kind} {}{name}", namespace.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_means_anything_in_markdown() {
        assert_eq!(plain("a|b\n![x](y) <script>"), r"a\|b\\u\{a\}\!\[x\]\(y\) \<script\>");
        assert_eq!(plain("shop/api-1: spec.a[0]"), r"shop/api-1: spec.a\[0\]");
        assert_eq!(
            plain("https://a.example www.example a@b"),
            r"https\://a.example www\.example a\@b"
        );
    }
}
