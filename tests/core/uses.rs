//! Which file of the program uses which: read off its `use` lines and paths.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

type Path = Vec<String>;

/// One file as a module.
#[derive(Default)]
struct Module {
    file: String,
    /// What is defined in it.
    defined: BTreeSet<String>,
    /// What a name stands for that is brought in from elsewhere.
    imported: BTreeMap<String, Path>,
    /// The modules of which everything is brought in.
    globs: Vec<Path>,
    /// The paths that its code is made of, but for those that it only hands on.
    used: Vec<Path>,
}

/// The files that each file uses.
pub fn uses(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeMap<Path, Module> =
        files.iter().map(|(file, text)| (module_of(file), Module::read(file, text))).collect();
    let program = Program { modules };
    let used = |(here, module): (&Path, &Module)| {
        let found = module.used.iter().filter_map(|path| program.file_of(here, path, 0));
        (module.file.clone(), found.filter(|file| *file != module.file).collect())
    };
    program.modules.iter().map(used).collect()
}

/// The files that use each other, whichever way around: of each such circle all its files.
pub fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached = |from: &String| {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for next in &uses[file] {
                if reached.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        uses.keys().map(|file| (file, reached(file))).collect();
    let circle = |file: &String| {
        reached[file].iter().filter(|other| reached[other].contains(file)).cloned().collect()
    };
    uses.keys().map(circle).filter(|circle: &Vec<String>| circle.len() > 1).collect()
}

fn module_of(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

struct Program {
    modules: BTreeMap<Path, Module>,
}

impl Program {
    /// The file that defines what `path` stands for in the module `here`; none for a module and for
    /// what is of another program.
    fn file_of(&self, here: &Path, path: &[String], depth: usize) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let start: Path = match first.as_str() {
            _ if depth > 8 => return None,
            "crate" => Vec::new(),
            "self" => here.clone(),
            "super" => here.split_last()?.1.to_vec(),
            name => {
                let child = [here.as_slice(), &[name.to_owned()]].concat();
                if self.modules.contains_key(&child) {
                    child
                } else {
                    let stands_for = self.modules[here].imported.get(name)?;
                    let path = [stands_for, rest].concat();
                    return self.file_of(here, &path, depth + 1);
                }
            }
        };
        self.below(start, rest, depth)
    }

    fn below(&self, mut at: Path, rest: &[String], depth: usize) -> Option<String> {
        for (number, step) in rest.iter().enumerate() {
            if step == "super" {
                at.pop();
                continue;
            }
            let child = [at.as_slice(), std::slice::from_ref(step)].concat();
            if self.modules.contains_key(&child) {
                at = child;
                continue;
            }
            let module = self.modules.get(&at)?;
            if module.defined.contains(step) {
                return Some(module.file.clone());
            }
            if let Some(stands_for) = module.imported.get(step) {
                let path = [stands_for, &rest[number + 1..]].concat();
                return self.file_of(&at, &path, depth + 1);
            }
            let one = std::slice::from_ref(step);
            return module.globs.iter().find_map(|glob| {
                let path = [glob, one].concat();
                self.file_of(&at, &path, depth + 1)
            });
        }
        None
    }
}

impl Module {
    fn read(file: &str, text: &str) -> Self {
        let mut module = Self { file: file.to_owned(), ..Self::default() };
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        module.visit_file(&parsed);
        module
    }

    fn import(&mut self, tree: &UseTree, before: &Path, is_handed_on: bool) {
        let name = |name: &dyn ToString| name.to_string();
        match tree {
            UseTree::Path(path) => {
                let before = [before.as_slice(), &[name(&path.ident)]].concat();
                self.import(&path.tree, &before, is_handed_on);
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before, is_handed_on));
            }
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Name(item) if item.ident == "self" => {
                let last = before.last().expect("a module").clone();
                self.imported.insert(last, before.clone());
            }
            UseTree::Name(item) => {
                let path = [before.as_slice(), &[name(&item.ident)]].concat();
                self.bring(name(&item.ident), path, is_handed_on);
            }
            UseTree::Rename(item) => {
                let path = [before.as_slice(), &[name(&item.ident)]].concat();
                self.bring(name(&item.rename), path, is_handed_on);
            }
        }
    }

    fn bring(&mut self, name: String, path: Path, is_handed_on: bool) {
        if !is_handed_on {
            self.used.push(path.clone());
        }
        self.imported.insert(name, path);
    }

    /// Paths in what is given to a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Path = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.used.push(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                other => {
                    self.used.push(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.used.push(path);
    }
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    let says = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
    };
    attributes.iter().any(says)
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        let name = match item {
            Item::Mod(module) if is_of_tests(&module.attrs) => return,
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Macro(item) => item.ident.as_ref(),
            _ => None,
        };
        self.defined.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_handed_on = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &Vec::new(), is_handed_on);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.used.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, given: &'ast syn::Macro) {
        self.visit_path(&given.path);
        self.tokens(given.tokens.clone());
    }
}
