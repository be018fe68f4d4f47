//! From parser events to trees.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::entries::Entries;
use super::node::{Entry, Node, Value};
use super::stream::{Piece, pieces};
use super::tag::{is_merge_key, key_text, scalar_value};
use super::written::{Depth, Written, place_of};
use super::{ALIAS_LIMIT, DocumentProblem, Error, NESTING_LIMIT, Place};

/// Every document of `text`, in order; one that cannot be read is an error and hides no other.
///
/// Empty documents (nothing, or only comments, between two `---`) are left out.
pub fn documents(text: &str) -> Vec<Result<Node, Error>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.find(['\u{85}', '\u{2028}', '\u{2029}']) {
        return vec![Err(Error {
            problem: DocumentProblem::LineSeparator,
            place: place_of(text, at),
        })];
    }
    let document = |piece: Result<_, _>| match piece {
        Ok(piece) => Builder::new(&piece).only_document().transpose(),
        Err(error) => Some(Err(error)),
    };
    pieces(text).into_iter().filter_map(document).collect()
}

struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
    written: Written<'t>,
    /// Where what was read last ends: the end of a collection that no bracket ends.
    end: usize,
}

/// What the nodes of one document share.
#[derive(Default)]
struct Document {
    anchors: HashMap<usize, Node>,
    unfolded: usize,
}

impl<'t> Builder<'t> {
    fn new(piece: &'t Piece<'_>) -> Self {
        let written = Written::of(piece);
        // Where kubectl cuts documents apart there is no place left for a directive.
        // Comments are events where some other part of the program asks for that feature.
        let options = granit_parser::options! { disallow_directives: true, emit_comments: false };
        let parser = Parser::new_from_str_with_options(written.text(), options);
        Self { parser, written, end: 0 }
    }

    /// The document of a piece, which holds one and no more; none where it is empty.
    fn only_document(&mut self) -> Result<Option<Node>, Error> {
        let mut document = None;
        while let Some((event, span)) = self.next_event()? {
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if document.is_none() => {}
                event if document.is_none() => {
                    let top = Depth { levels: 0, in_flow: false };
                    document = Some(self.node(event, span, top, &mut Document::default())?);
                }
                _ => {
                    let place = self.written.place(&span, false);
                    return Err(Error { problem: DocumentProblem::Unseparated, place });
                }
            }
        }
        Ok(document.filter(|node| node.value != Value::Null))
    }

    fn next_event(&mut self) -> Result<Option<(Event<'t>, Span)>, Error> {
        self.parser.next_event().transpose().map_err(|error| self.syntax(&error))
    }

    fn syntax(&self, error: &ScanError) -> Error {
        let marker = error.marker();
        let at = self.written.boundary(marker.byte_offset().unwrap_or(usize::MAX));
        let place = self.written.place_at(marker.line(), marker.col(), at..at);
        Error { problem: DocumentProblem::Syntax(error.info()), place }
    }

    fn node(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: Depth,
        document: &mut Document,
    ) -> Result<Node, Error> {
        let place = self.written.place(&span, matches!(event, Event::Scalar(..) | Event::Alias(_)));
        let mut extent = self.written.extent(&span);
        let fail = |problem| Error { problem, place: place.clone() };
        if depth.levels > NESTING_LIMIT {
            return Err(fail(DocumentProblem::TooDeep));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.written.check_scalar(&text, style, extent.clone(), depth).map_err(fail)?;
                let is_empty = text.is_empty() && style == ScalarStyle::Plain;
                if is_empty && tag.is_some() && depth.in_flow {
                    return Err(fail(DocumentProblem::TagAlone));
                }
                let value = scalar_value(&text, style, tag.as_deref()).map_err(fail)?;
                let is_bare_text = style == ScalarStyle::Plain && matches!(value, Value::String(_));
                if self.written.is_json() && is_bare_text {
                    return Err(fail(DocumentProblem::NotJson(text.into_owned())));
                }
                (value, anchor)
            }
            Event::SequenceStart(style, anchor, _) => {
                (Value::Sequence(self.sequence(depth.below(style), document)?), anchor)
            }
            Event::MappingStart(style, anchor, _) => {
                (Value::Mapping(self.mapping(depth.below(style), document)?), anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, &place, extent, depth, document),
            other => return Err(fail(DocumentProblem::Syntax(format!("unexpected {other:?}")))),
        };
        if matches!(value, Value::Sequence(_) | Value::Mapping(_)) {
            extent.end = extent.start.max(self.end);
        } else if !extent.is_empty() {
            self.end = extent.end;
        }
        let node = Node { value, place, extent: self.written.of_whole(&extent) };
        if anchor != 0 {
            document.unfolded += node.weight();
            if document.unfolded > ALIAS_LIMIT {
                return Err(Error { problem: DocumentProblem::TooManyAliases, place: node.place });
            }
            document.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// What an alias stands for, at its own place.
    fn alias(
        &mut self,
        anchor: usize,
        place: &Place,
        extent: Range<usize>,
        depth: Depth,
        document: &mut Document,
    ) -> Result<Node, Error> {
        let place = place.clone();
        let Some(target) = document.anchors.get(&anchor) else {
            return Err(Error { problem: DocumentProblem::Recursive, place });
        };
        document.unfolded += target.weight();
        if document.unfolded > ALIAS_LIMIT {
            return Err(Error { problem: DocumentProblem::TooManyAliases, place });
        }
        if depth.levels + target.height() > NESTING_LIMIT {
            return Err(Error { problem: DocumentProblem::TooDeep, place });
        }
        self.end = extent.end;
        let extent = self.written.of_whole(&extent);
        Ok(Node { value: target.value.clone(), place, extent })
    }

    fn sequence(&mut self, depth: Depth, document: &mut Document) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        while let Some((event, span)) = self.next_event()? {
            if matches!(event, Event::SequenceEnd) {
                self.close(&span, depth);
                break;
            }
            nodes.push(self.node(event, span, depth, document)?);
        }
        nodes.shrink_to_fit();
        Ok(nodes)
    }

    fn mapping(&mut self, depth: Depth, document: &mut Document) -> Result<Vec<Entry>, Error> {
        let mut entries = Entries::default();
        while let Some((event, span)) = self.next_event()? {
            if matches!(event, Event::MappingEnd) {
                self.close(&span, depth);
                break;
            }
            let is_merge = is_merge_key(&event);
            let key_node = self.node(event, span, depth, document)?;
            let key_place = key_node.place;
            let fail = |problem| Error { problem, place: key_place.clone() };
            let key = key_text(key_node.value).ok_or_else(|| fail(DocumentProblem::KeyNotText))?;
            let Some((event, span)) = self.next_event()? else { break };
            let is_alias = matches!(event, Event::Alias(_));
            let value = self.node(event, span, depth, document)?;
            if is_merge && is_alias && !matches!(value.value, Value::Mapping(_)) {
                // A list of sources is one only where it is written out.
                return Err(fail(DocumentProblem::BadMerge));
            }
            if is_merge {
                entries.merge(value).map_err(fail)?;
            } else {
                let place = key_place.clone();
                entries.write(key, place, value).map_err(fail)?;
            }
        }
        Ok(entries.end())
    }

    /// Notes where a collection ends, where a bracket says so.
    fn close(&mut self, span: &Span, depth: Depth) {
        if depth.in_flow {
            self.end = self.end.max(self.written.extent(span).end);
        }
    }
}

#[cfg(test)]
mod tests;
