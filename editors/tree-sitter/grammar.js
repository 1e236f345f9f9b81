/**
 * The grammar of topo for tree-sitter. Where a line ends a statement, a declaration or one within a graph, only src/scanner.c can say.
 * @file Stream processing topologies
 * @license Apache-2.0
 */
/* eslint-disable arrow-parens */
/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

// As in lang/parser: higher binds more tightly.
const PREC = { else: 1, or: 2, and: 3, not: 4, compare: 5, range: 6, add: 7, multiply: 8, unary: 9, postfix: 10 };

const list = (rule) => optional(list1(rule));
const list1 = (rule) => seq(rule, repeat(seq(",", rule)), optional(","));
const names = ($) => seq($.identifier, repeat(seq(",", $.identifier)));

module.exports = grammar({
  name: "topo",

  word: ($) => $.identifier,

  extras: ($) => [/\s/, "\uFEFF", $.comment],

  externals: ($) => [
    $._end, // of a declaration: what follows stands in column 1, or nothing does
    $._item, // of a declaration in a graph
    $._line, // of a statement: at the end of a line, where the next one does not carry on, or before a `}`
    $._error, // is never asked for, but where a text is broken
  ],

  conflicts: ($) => [[$.latest], [$.way, $.name]],

  supertypes: ($) => [$._declaration, $._statement, $._expression, $._step],

  inline: ($) => [$._body, $._word],

  rules: {
    source_file: ($) => repeat(seq($._declaration, $._end)),

    comment: () => token(seq("//", /[^\n]*/)),

    _declaration: ($) =>
      choice(
        $.topology, $.library, $.use, $.param, $.const, $.type, $.enum, $.func, $.component, $.graph, $.query, $.test, $.opaque,
      ),

    // Heads.

    topology: ($) => seq("topology", field("name", $.identifier), optional($.settings)),
    settings: ($) => seq("{", repeat(seq($.setting, optional($._line))), "}"),
    setting: ($) => prec.right(seq(field("name", $.identifier), field("value", $._expression))),

    library: ($) => seq("library", field("name", $.identifier)),
    use: ($) => seq("use", field("path", $.string)),

    param: ($) =>
      seq("param", field("name", $.identifier), field("type", $._type), optional("secret"), optional(seq("=", field("default", $._expression)))),
    const: ($) => seq("const", field("name", $.identifier), "=", field("value", $._expression)),

    type: ($) => seq("type", field("name", $.identifier), field("fields", $.fields)),
    enum: ($) =>
      seq("enum", field("name", $.identifier), "{", repeat(seq(field("value", $.identifier), optional(choice(",", $._line)))), "}"),

    func: ($) =>
      seq(
        field("kind", choice("func", "aggregate")),
        field("name", $.identifier),
        field("parameters", $.fields),
        optional(seq("->", field("result", $._type))),
        optional("pure"),
        optional(choice(field("body", $.block), seq("=", field("body", choice($.go, $._expression))))),
      ),

    // Components.

    component: ($) =>
      seq(
        field("kind", choice("spout", "bolt", "sink")),
        field("name", $.identifier),
        optional(field("inputs", $.inputs)),
        optional(seq("->", $.outputs)),
        repeat($.option),
        optional($._body),
      ),

    _body: ($) => choice(field("body", $.block), seq("=", field("body", choice($.go, $.select, $._expression)))),

    inputs: ($) => seq("(", list(choice($.input, $.field)), ")"),
    input: ($) => seq(optional(seq(field("alias", $.identifier), ":")), $._sources, optional(seq("by", $.grouping))),
    _sources: ($) => seq($.source, repeat(seq("|", $.source))),
    source: ($) =>
      seq(
        field("component", $.identifier),
        optional(seq(".", field("output", $.identifier))),
        optional(seq("loop", "max", field("max", choice($.number, $.name, $.string, $.parenthesized)))),
      ),
    grouping: ($) =>
      choice($.go, seq(field("kind", $.identifier), optional(seq("(", list1(field("field", $.identifier)), ")")))),

    outputs: ($) => seq($.output, repeat(seq(",", $.output))),
    output: ($) =>
      seq(
        optional(seq(field("name", $.identifier), ":")),
        choice($.fields, field("record", $.named_type)),
        repeat(choice("append", $.latest, $.clock)),
      ),
    // A comma also divides outputs.
    latest: ($) => seq("latest", "by", field("key", $.identifier), repeat(prec.dynamic(1, seq(",", field("key", $.identifier))))),
    clock: ($) => seq("time", field("field", $.identifier), optional(seq("lateness", field("lateness", $._expression)))),

    option: ($) =>
      choice(
        field("name", choice("durable", "isolate", "replayable", "single", "commits", "transactional", "skewed")),
        prec.right(seq(field("name", "idempotent"), optional(seq("by", field("value", $._expression))))),
        seq(
          field("name", choice("tasks", "retry", "backoff", "timeout", "near", "cpu", "memory", "accept", "idle", "owns", "ends")),
          field("value", $._expression),
        ),
        seq(field("name", $.identifier), field("value", $._expression)), // one that is misspelt
      ),

    fields: ($) => seq("(", list($.field), ")"),
    field: ($) =>
      seq(
        field("name", $.identifier),
        optional(seq("per", "tuple")),
        field("type", $._type),
        optional(seq("in", field("values", $.list))),
        optional(seq("=", field("default", $._expression))),
      ),

    go: ($) => prec.right(seq("go", field("package", $.string), ".", field("name", $.identifier), optional($.arguments))),

    _type: ($) => choice($.named_type, $.list_type, $.map_type, $.optional_type),
    named_type: ($) => seq(optional(seq(field("library", $.identifier), ".")), field("name", $.identifier)),
    list_type: ($) => prec.right(seq("[", "]", $._type)),
    map_type: ($) => prec.right(seq("map", "[", field("key", $._type), "]", field("value", $._type))),
    optional_type: ($) => prec.left(seq($._type, "?")),

    // What the language will have: lang/parser reads it so far only.
    opaque: ($) => seq(choice("store", "backend"), field("name", $.identifier), repeat($._sql)),

    // Graphs.

    graph: ($) =>
      seq(
        "graph",
        field("name", $.identifier),
        optional(seq("(", list(choice($.graph_input, $.field)), ")")),
        optional(seq("->", $.outputs)),
        field("body", $.graph_body),
      ),
    graph_input: ($) =>
      seq(field("name", $.identifier), ":", choice($.fields, field("record", $.named_type)), repeat(choice("append", $.latest, $.clock)), optional(seq("by", $.grouping))),
    graph_body: ($) => seq("{", repeat(seq(choice($.component, $.const, $.bind), $._item)), "}"),
    bind: ($) => seq(field("output", $.identifier), "=", $._sources),

    // SQL: its words, and what else there may be between brackets that match.

    select: ($) => seq("select", repeat($._sql)),
    query: ($) =>
      seq(
        "query",
        field("name", $.identifier),
        field("parameters", $.fields),
        optional(seq("->", $.outputs)),
        repeat($.option),
        "=",
        field("body", choice($.select, $.arguments)),
      ),
    _sql: ($) =>
      choice(
        $.keyword, $.identifier, $.number, $.duration, $.size, $.string, $.raw_string, alias($._operator, $.operator), ",", ".", "?.", ":", "!", "{", "}",
        seq("(", repeat($._sql), ")"),
        seq("[", repeat($._sql), "]"),
      ),
    keyword: () =>
      choice(
        "select", "distinct", "as", "from", "where", "group", "by", "having", "order", "asc", "desc", "limit", "skewed",
        "left", "right", "full", "inner", "join", "one", "on", "within", "after", "before", "union", "all",
        "window", "tumbling", "sliding", "session", "cumulative", "every", "emit", "lateness",
        "case", "when", "then", "else", "end", "filter", "and", "or", "not", "div", "mod", "true", "false", "none",
      ),
    _operator: () => choice("==", "!=", "<=", ">=", "<", ">", "=", "=>", "->", "+", "-", "*", "/", "??", "?", "..", "|"),

    // Tests.

    test: ($) =>
      seq("test", field("name", $.title), optional(seq("with", $.setting_of_test, repeat(seq(",", $.setting_of_test)))), field("body", $.steps)),
    setting_of_test: ($) => seq(field("name", $.identifier), "=", field("value", $._expression)),
    steps: ($) => seq("{", repeat(seq($._step, $._line)), "}"),
    _step: ($) => choice($.given, $.advance, $.end, $.expect, $.fake),
    given: ($) => seq("given", $.way, optional(seq("at", field("at", $._expression))), ":", $._tuples),
    advance: ($) => seq("advance", $._expression),
    end: () => "end",
    expect: ($) =>
      seq(
        "expect",
        choice(
          $._expression,
          seq(
            $.way,
            choice(
              seq(optional("failed"), ":", choice("nothing", seq($._tuples, optional(seq("in", "any", "order"))))),
              seq(optional("failed"), "contains", $._tuples),
            ),
          ),
        ),
      ),
    fake: ($) =>
      seq(
        "fake",
        $.way,
        "(", optional(names($)), ")",
        choice(field("body", $.block), seq("=", field("body", $._expression))),
      ),
    way: ($) => seq($.identifier, repeat(seq(".", $.identifier))),
    _tuples: ($) => seq(alias($.arguments, $.tuple), repeat(seq(",", alias($.arguments, $.tuple)))),

    // Statements.

    block: ($) => seq("{", repeat(seq($._statement, $._line)), "}"),

    _statement: ($) =>
      choice(
        $.block, $.state, $.let, $.var, $.if, $.for, $.emit, $.fail, $.return, $.branch, $.on, $.timer, $.finish, $.assignment, $._expression,
      ),

    state: ($) =>
      prec.right(seq(
        "state",
        field("name", $.identifier),
        field("type", $._type),
        choice("shared", seq("per", field("scope", $.identifier), repeat(seq(",", field("scope", $.identifier))))),
        repeat(
          choice(
            seq("=", field("initial", $._expression)),
            seq("ttl", field("ttl", $._expression)),
            "opaque", "transactional", "plain",
            seq("in", $.backend),
          ),
        ),
      )),
    backend: ($) => seq($.identifier, optional(seq(".", $.identifier)), optional($.arguments)),
    let: ($) => seq("let", field("name", $.identifier), "=", field("value", $._expression), optional($.or_else)),
    or_else: ($) => seq("else", optional(field("why", $.identifier)), field("body", $.block)),
    var: ($) => seq("var", field("name", $.identifier), optional(field("type", $._type)), optional(seq("=", field("value", $._expression)))),
    if: ($) =>
      seq(
        "if",
        optional(seq("let", field("name", $.identifier), "=")),
        field("condition", $._expression),
        field("then", $.block),
        optional(seq("else", field("else", choice($.if, $.block)))),
      ),
    for: ($) =>
      seq("for", field("name", $.identifier), optional(seq(",", field("name", $.identifier))), "in", field("values", $._expression), field("body", $.block)),
    emit: ($) =>
      seq("emit", optional(field("output", $.identifier)), $.arguments, optional(seq("to", field("task", $._expression))), optional("unanchored")),
    fail: ($) => seq("fail", $._expression),
    return: ($) => prec.right(seq("return", optional($._expression))),
    branch: () => choice("break", "continue"),
    on: ($) => seq("on", field("input", $.identifier), field("body", $.block)),
    timer: ($) =>
      seq(choice("every", "after"), field("delay", $._expression), optional(seq("per", names($))), field("body", $.block)),
    finish: ($) => seq("finish", optional(seq("per", names($))), field("body", $.block)),
    assignment: ($) => seq(field("target", $._expression), choice("=", "+=", "-=", "*="), field("value", $._expression)),

    // Expressions.

    _expression: ($) =>
      choice(
        $.name, $.number, $.duration, $.size, $.string, $.raw_string, $.boolean, $.none, $.guarantee, $.list, $.map, $.match, $.parenthesized,
        $.select_field, $.index, $.call, $.must, $.unary, $.binary,
      ),

    // A bare name, a function's or a component's too.
    name: ($) => $.identifier,

    parenthesized: ($) => seq("(", $._expression, ")"),
    list: ($) => seq("[", list($._expression), "]"),
    map: ($) => seq("map", "[", list($.entry), "]"),
    entry: ($) => seq(field("key", $._expression), ":", field("value", $._expression)),

    match: ($) => seq("match", field("value", $._expression), "{", repeat(seq($.arm, choice(",", $._line))), "}"),
    arm: ($) => seq(list1(field("pattern", $._expression)), "=>", field("value", $._statement)),

    select_field: ($) =>
      prec(PREC.postfix, seq(field("value", $._expression), choice(".", "?."), field("field", $.identifier))),
    index: ($) => prec(PREC.postfix, seq(field("value", $._expression), "[", field("index", $._expression), "]")),
    call: ($) => prec(PREC.postfix, seq(field("function", $._expression), $.arguments)),
    must: ($) => prec(PREC.postfix, seq($._expression, "!")),

    arguments: ($) => seq("(", list($._argument), ")"),
    _argument: ($) => choice($._expression, $.spread, $.argument),
    spread: ($) => seq("..", $._expression),
    argument: ($) => seq(field("name", $._word), ":", field("value", $._expression)),
    // Any word may name a field, such as begin expressions too.
    _word: ($) => choice($.identifier, alias(choice("map", "match", "not", "true", "false", "none"), $.identifier)),

    unary: ($) => choice(prec(PREC.unary, seq("-", $._expression)), prec(PREC.not, seq("not", $._expression))),
    binary: ($) =>
      choice(
        ...[
          ["??", PREC.else],
          ["or", PREC.or],
          ["and", PREC.and],
          ["..", PREC.range],
        ].map(([op, p]) => prec.left(p, seq(field("left", $._expression), field("operator", op), field("right", $._expression)))),
        prec.left(PREC.compare, seq(field("left", $._expression), field("operator", choice("==", "!=", "<", "<=", ">", ">=")), field("right", $._expression))),
        prec.left(PREC.add, seq(field("left", $._expression), field("operator", choice("+", "-")), field("right", $._expression))),
        prec.left(PREC.multiply, seq(field("left", $._expression), field("operator", choice("*", "/", "div", "mod")), field("right", $._expression))),
      ),

    boolean: () => choice("true", "false"),
    none: ($) => prec.left(PREC.else, seq("none", optional(seq("because", field("why", $._expression))))),
    guarantee: () => choice("at-least-once", "exactly-once"),

    number: () => /[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9][0-9_]*)?/,
    duration: () => /([0-9][0-9_]*(\.[0-9][0-9_]*)?(ns|us|ms|s|m|h|d))+/,
    size: () => /[0-9][0-9_]*(B|KB|MB|GB|TB)/,

    string: ($) => seq('"', repeat(choice($._text, $.escape, $.interpolation)), token.immediate('"')),
    _text: () => token.immediate(prec(1, /[^"\\{\n\r]+/)),
    escape: () => token.immediate(/\\(u\{[0-9A-Fa-f]*\}|[^\n\r])/),
    interpolation: ($) => seq(token.immediate("{"), $._expression, "}"),
    // The name of a test: braces are braces.
    title: ($) => seq('"', repeat(choice(alias($._title_text, "text"), $.escape)), token.immediate('"')),
    _title_text: () => token.immediate(prec(1, /[^"\\\n\r]+/)),
    raw_string: () => /`[^`]*`/,

    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
  },
});
