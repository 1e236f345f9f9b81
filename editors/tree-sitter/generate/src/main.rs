//! Writes src/parser.c from grammar.js, as `tree-sitter generate` does: with its own library, which builds where the program can't be downloaded.
use tree_sitter_generate::{generate_parser_in_directory, OptLevel};

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "..".into());
    let mut notes = Vec::new();
    let made = generate_parser_in_directory(
        folder,
        None::<String>,
        None::<String>,
        14, // what Neovim 0.7 and Helix read
        None,
        Some("node"),
        true,
        OptLevel::default(),
        &mut notes,
    );
    for note in &notes {
        eprintln!("{note:?}");
    }
    if let Err(err) = made {
        eprintln!("{err}");
        std::process::exit(1);
    }
}
