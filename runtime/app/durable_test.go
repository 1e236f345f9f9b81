package app

import "testing"

func TestLogsWanted(t *testing.T) {
	for _, c := range []struct {
		given     map[string]string
		guarantee string
		says      string // "": nothing is wrong
	}{
		{map[string]string{}, "at-least-once", "lines is durable"},
		{map[string]string{}, "none", ""},
		{map[string]string{"store": "s"}, "at-least-once", ""},
		{map[string]string{"store": "s", "log-limit": "2GB"}, "at-least-once", ""},
		{map[string]string{"store": "s", "log-limit": "12"}, "at-least-once", `--log-limit "12" is too little`},
		{map[string]string{"store": "s", "log-limit": "much"}, "at-least-once", "--log-limit"},
	} {
		a := &app{Program: &Program{Durable: []string{"lines"}}, env: map[string]string{}}
		problems := a.logsWanted(c.given, c.guarantee)
		if c.says == "" && len(problems) > 0 || c.says != "" && (len(problems) != 1 || problems[0].help == "") {
			t.Errorf("%v: %v", c.given, problems)
		}
		for _, p := range problems {
			says(t, p.what, c.says)
		}
	}
}
