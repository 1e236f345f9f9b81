// Where lines end something: lang/parser/lexer.go says how.
#include "tree_sitter/parser.h"

#include <string.h>

enum Token { END, ITEM, LINE, ERROR };

void *tree_sitter_topo_external_scanner_create(void) { return NULL; }
void tree_sitter_topo_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_topo_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_topo_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static bool letter(int32_t c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool part(int32_t c) { return letter(c) || (c >= '0' && c <= '9'); }

static bool one_of(const char *word, const char *const *words) {
  for (; *words; words++) {
    if (strcmp(word, *words) == 0) {
      return true;
    }
  }
  return false;
}

static const char *const declarations[] = {"topology", "library", "use", "param", "const", "type", "enum", "func", "aggregate", "spout",
                                           "bolt", "sink", "graph", "query", "test", NULL};
static const char *const continues[] = {"and", "or", "div", "mod", "else", NULL};

// word takes a word and cuts what no word of ours is as long as.
static void word(TSLexer *lexer, char out[16]) {
  unsigned n = 0;
  while (part(lexer->lookahead)) {
    if (n < 15) {
      out[n++] = (char)lexer->lookahead;
    }
    lexer->advance(lexer, false);
  }
  out[n] = 0;
}

// binds reports whether `=` comes next, and no `==` or `=>`.
static bool binds(TSLexer *lexer) {
  while (lexer->lookahead == ' ' || lexer->lookahead == '\t') {
    lexer->advance(lexer, false);
  }
  if (lexer->lookahead != '=') {
    return false;
  }
  lexer->advance(lexer, false);
  return lexer->lookahead != '=' && lexer->lookahead != '>';
}

bool tree_sitter_topo_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  if (valid[ERROR] || !(valid[END] || valid[ITEM] || valid[LINE])) {
    return false; // a text that is broken: no line ends anything until it is whole again
  }
  lexer->mark_end(lexer); // what ends has no text of its own
  bool line = false;      // one has ended
  for (;;) {
    int32_t c = lexer->lookahead;
    if (c == '\n') {
      line = true;
      lexer->advance(lexer, true);
    } else if (c == ' ' || c == '\t' || c == '\r' || c == 0xFEFF) {
      lexer->advance(lexer, true);
    } else if (c == '/') {
      lexer->advance(lexer, true);
      if (lexer->lookahead != '/') {
        return false; // an operator: it carries on
      }
      while (lexer->lookahead != '\n' && !lexer->eof(lexer)) {
        lexer->advance(lexer, true);
      }
    } else {
      break;
    }
  }
  if (lexer->eof(lexer)) {
    lexer->result_symbol = valid[END] ? END : valid[ITEM] ? ITEM : LINE;
    return true;
  }
  int32_t c = lexer->lookahead;
  if (c == '}') {
    lexer->result_symbol = valid[ITEM] ? ITEM : LINE;
    return valid[ITEM] || valid[LINE];
  }
  if (!line) {
    return false;
  }
  char text[16] = "";
  bool first = letter(c) && lexer->get_column(lexer) == 0;
  if (letter(c)) {
    word(lexer, text);
  }
  if (valid[END]) {
    lexer->result_symbol = END;
    return first;
  }
  if (valid[ITEM]) {
    lexer->result_symbol = ITEM;
    return text[0] && (one_of(text, declarations) || binds(lexer));
  }
  lexer->result_symbol = LINE;
  if (text[0]) {
    return !one_of(text, continues);
  }
  switch (c) {
  case '.':
  case '+':
  case '*':
  case '<':
  case '>':
  case '|':
  case ',':
  case ':':
  case ')':
  case ']':
    return false;
  case '=':
    return false;
  case '-': // `-` begins a statement, but `->` and `-=` carry on
    lexer->advance(lexer, false);
    return lexer->lookahead != '>' && lexer->lookahead != '=';
  case '?':
    return false;
  case '!':
    lexer->advance(lexer, false);
    return lexer->lookahead != '=';
  }
  return true;
}
