;;; topo-mode.el --- the topo stream-processing language  -*- lexical-binding: t -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: languages
;; URL: https://github.com/topo-lang/topo

;;; Commentary:

;; Highlighting, indentation, `compile' and eglot for .topo files.
;; C-c C-r runs the topology, C-c C-t tests it, C-c C-c checks it.

;;; Code:

(require 'compile)

(defgroup topo nil "The topo language." :group 'languages)

(defcustom topo-topoc "topoc" "The topoc to use: a name or a path." :type 'string :group 'topo)

(defcustom topo-indent 4 "How many columns a block is indented." :type 'integer :group 'topo :safe #'integerp)

(defvar topo-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?` "\"" table)
    (modify-syntax-entry ?_ "w" table)
    table)
  "Syntax table of `topo-mode'.")

(defconst topo-declarations
  '("topology" "library" "use" "param" "const" "type" "enum" "func" "aggregate" "spout" "bolt" "sink" "graph" "query" "store" "test")
  "What begins declarations.")

(defconst topo-font-lock-keywords
  `((,(concat "^\\s-*" (regexp-opt '("spout" "bolt" "sink" "func" "aggregate" "graph" "query" "store") 'words) "\\s-+\\([A-Za-z_]\\w*\\)")
     (1 font-lock-keyword-face) (2 font-lock-function-name-face))
    (,(concat "^\\s-*" (regexp-opt '("topology" "library" "type" "enum") 'words) "\\s-+\\([A-Za-z_]\\w*\\)")
     (1 font-lock-keyword-face) (2 font-lock-type-face))
    (,(concat "\\(?:^\\|[^.?]\\)" (regexp-opt (append topo-declarations
                           '("let" "var" "state" "if" "else" "for" "in" "while" "match" "return" "break" "continue" "finish" "emit" "fail" "every" "after"
                             "guarantee" "batch" "timeout" "pending" "attempts" "workers" "tasks" "by" "per" "latest" "loop" "retry" "backoff" "durable" "accept" "duplicates" "near" "isolate" "ttl" "lateness" "append" "because" "cpu" "shared" "opaque" "transactional" "replayable" "single" "idempotent" "commits" "owns" "ends" "skewed"
                             "select" "distinct" "as" "from" "where" "group" "having" "asc" "desc" "union" "join" "inner" "outer" "cross" "on" "within" "window" "tumbling" "sliding" "cumulative" "nothing" "contains" "given" "expect" "advance" "fake" "with" "secret" "pure" "unanchored"
                             "shuffle" "go" "and" "or" "not" "div" "mod")) 'words))
     (1 font-lock-keyword-face))
    ;; These are names, too, where they stand otherwise.
    ("\\(?:^\\|[^.]\\)\\_<\\(before\\|case\\|idle\\|limit\\|max\\|memory\\|one\\|session\\|then\\|to\\|when\\)\\s-+[0-9\"(]" (1 font-lock-keyword-face))
    ("\\_<\\(left\\|right\\|full\\)\\s-+\\(?:outer\\s-+\\)?join\\_>" (1 font-lock-keyword-face))
    ("\\_<\\(order\\)\\s-+by\\_>" (1 font-lock-keyword-face))
    ("\\_<in \\(any order\\)\\_>" (1 font-lock-keyword-face))
    ("\\_<window\\s-+\\(count\\)\\_>" (1 font-lock-keyword-face))
    ("\\_<by\\s-+\\(all\\|direct\\|fields\\|global\\|local\\|partial\\)\\_>" (1 font-lock-keyword-face))
    ("\\_<union\\s-+\\(all\\)\\_>" (1 font-lock-keyword-face))
    ("\\_<per\\s-+\\(task\\|tuple\\)\\_>" (1 font-lock-keyword-face))
    ("\\_<\\(failed\\)\\s-*\\(?::\\|contains\\)" (1 font-lock-keyword-face))
    ("\\_<\\(filter\\)\\s-*(\\s-*where\\_>" (1 font-lock-keyword-face))
    ("\\_<\\(plain\\)\\s-*\\(?:in\\_>\\|$\\)" (1 font-lock-keyword-face))
    ("^\\s-*\\(end\\)\\s-*$" (1 font-lock-keyword-face))
    (,(regexp-opt '("bool" "int" "float" "decimal" "string" "bytes" "time" "duration" "json" "regex" "map") 'words) . font-lock-type-face)
    (,(concat (regexp-opt '("true" "false" "none") 'words) "\\|\\<\\(?:at-least\\|exactly\\)-once\\>") . font-lock-constant-face)
    ("\\<[A-Z]\\w*\\>" . font-lock-type-face)
    ("\\<\\(?:let\\|var\\|state\\|param\\|const\\)\\s-+\\([A-Za-z_]\\w*\\)" 1 font-lock-variable-name-face))
  "What `topo-mode' highlights.")

(defun topo-indent-line ()
  "Indent the line by the brackets around it."
  (interactive)
  (let* ((column (- (current-column) (current-indentation)))
         (depth (save-excursion
                  (back-to-indentation)
                  (let ((depth (car (syntax-ppss (line-beginning-position)))))
                    (if (looking-at "[])}]") (1- depth) depth)))))
    (indent-line-to (* topo-indent (max 0 depth)))
    (when (> column 0) (forward-char column))))

(defun topo--compile (verb)
  "Let topoc do VERB with the folder of the file."
  (compile (mapconcat #'shell-quote-argument (list topo-topoc verb default-directory) " ")))

(defun topo-run () "Run the topology." (interactive) (topo--compile "run"))
(defun topo-test () "Test the topology." (interactive) (topo--compile "test"))
(defun topo-check () "Check the topology." (interactive) (topo--compile "check"))

(defun topo-format ()
  "Format the buffer with topoc fmt."
  (interactive)
  (let ((out (generate-new-buffer " *topo fmt*")) (text (current-buffer)))
    (unwind-protect
        (if (zerop (call-process-region nil nil topo-topoc nil (list out nil) nil "fmt" "-"))
            (with-current-buffer text (replace-buffer-contents out))
          (message "topoc fmt: the text can't be parsed"))
      (kill-buffer out))))

(add-to-list 'compilation-error-regexp-alist-alist
             '(topoc "^ *--> \\(.+\\):\\([0-9]+\\):\\([0-9]+\\)$" 1 2 3))
(add-to-list 'compilation-error-regexp-alist 'topoc)

(defvar topo-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-r") #'topo-run)
    (define-key map (kbd "C-c C-t") #'topo-test)
    (define-key map (kbd "C-c C-c") #'topo-check)
    (define-key map (kbd "C-c C-f") #'topo-format)
    map)
  "Keys of `topo-mode'.")

;;;###autoload
(define-derived-mode topo-mode prog-mode "topo"
  "Major mode for the topo stream-processing language."
  (setq-local comment-start "// " comment-end "" comment-start-skip "//+\\s-*")
  (setq-local font-lock-defaults '(topo-font-lock-keywords))
  (setq-local indent-line-function #'topo-indent-line indent-tabs-mode nil)
  (setq-local compilation-environment (cons "NO_COLOR=1" compilation-environment))
  (setq-local imenu-generic-expression
              '((nil "^\\s-*\\(?:spout\\|bolt\\|sink\\|graph\\|func\\|aggregate\\|type\\|enum\\)\\s-+\\([A-Za-z_]\\w*\\)" 1))))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.topo\\'" . topo-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs `(topo-mode . ,(lambda (&rest _) (list topo-topoc "lsp")))))

(provide 'topo-mode)
;;; topo-mode.el ends here
