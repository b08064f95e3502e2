package main

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

var (
	selectorKeys = []string{
		"app", "tier", "rank", "empty", "example.com/zone", "in", "notin", "absent", "A.b-c_9",
		strings.Repeat("k", 63), strings.Repeat("k", 64), strings.Repeat("p", 253) + "/k", "-app",
		"app-", "/k", "p/", "p/k/k", "P.com/k", "ä", "",
	}
	selectorValues = []string{
		"web", "db", "", "7", "07", "-7", "+7", "9223372036854775807", "9223372036854775808", "in",
		"notin", "a.b_c-D", "-web", "web-", "we b", "é", strings.Repeat("v", 63), strings.Repeat("v", 64),
	}
	// Matched against: the i-th character of "matches" is the i-th of them.
	labelled = []labels.Set{
		{},
		{"app": "web"},
		{"app": "db", "tier": "back"},
		{"app": "web", "tier": "front", "rank": "7"},
		{"rank": "07", "empty": ""},
		{"rank": "-7", "app": ""},
		{"rank": "9223372036854775807", "example.com/zone": "a"},
		{"rank": "x", "in": "in", "notin": "notin"},
		{"A.b-c_9": "a.b_c-D", strings.Repeat("k", 63): strings.Repeat("v", 63)},
		{"rank": "8", "app": "7", "example.com/zone": "web"},
	}
	operators = []string{"=", "==", "!=", " in ", " notin ", ">", "<", " gt ", "=~", "===", "!"}
	sets      = []string{"(web,db)", "(web)", "()", "(,)", "(web,)", "(,web)", "( web , db )", "(web db)", "(web", "web)", "web,db", "(in,notin)", "(web,,db)", "((web))", "(=)"}
)

func labelSets(*chance) []row {
	var rows []row
	for _, set := range labelled {
		rows = append(rows, row{set})
	}
	return rows
}

func matches(selector labels.Selector) string {
	var text strings.Builder
	for _, set := range labelled {
		if selector.Matches(set) {
			text.WriteByte('1')
		} else {
			text.WriteByte('0')
		}
	}
	return text.String()
}

// verdict is null where the selector is refused. The words of the refusal change with each version;
// tests/contract has those of the server.
func verdict(selector labels.Selector, err error) any {
	if err != nil {
		return nil
	}
	return matches(selector)
}

func requirementText(c *chance) string {
	key := pick(c, selectorKeys[:9])
	if c.IntN(12) == 0 {
		key = pick(c, selectorKeys)
	}
	switch c.IntN(8) {
	case 0:
		return key
	case 1:
		return "!" + key
	case 2, 3:
		return key + pick(c, []string{" in ", " notin ", "in", " in"}) + pick(c, sets)
	default:
		return key + pick(c, operators) + pick(c, selectorValues[:16])
	}
}

func labelSelectors(c *chance) []row {
	texts := []string{"", " ", ",", "a,,b", ",a", "a,", "!", "!!a", "! a", "a!", "a!b", "=", "=a", "==", "a=b=c", "a in", "in", "in in (in)", "notin notin (notin)", "a\tin\n(b)", "a==b,c!=d,e in (f,g),!h,i,j>1,k<2", "a\u00a0=b", "x in (a,b),x in (b)", "a>1.5", "a> 1", "a>+1", "a<-1", "a=\"b\"", "a='b'", "\\"}
	for i, key := range selectorKeys {
		texts = append(texts, key, "!"+key, key+"=web", key+" in (web)")
		if i >= 5 { // one operator after the other is enough for the rest
			continue
		}
		for _, operator := range operators {
			for _, value := range selectorValues {
				texts = append(texts, key+operator+value)
			}
		}
	}
	for _, operator := range []string{"in", " in ", " notin ", " In ", "="} {
		for _, set := range sets {
			texts = append(texts, "app"+operator+set, "app"+operator+set+",tier")
		}
	}
	alphabet := append(strings.Split("abwe01=!<>(), ,=!-./_", ""), strange[:10]...)
	for range 2000 {
		var parts []string
		for range 1 + c.IntN(3) {
			parts = append(parts, requirementText(c))
		}
		text := strings.Join(parts, pick(c, []string{",", ",", " , ", ",,"}))
		if c.IntN(3) == 0 {
			text = c.mutated(text, alphabet)
		}
		texts = append(texts, text)
	}
	var rows []row
	for _, text := range distinct(texts) {
		rows = append(rows, row{text, verdict(labels.Parse(text))})
	}
	return rows
}

func expression(c *chance) metav1.LabelSelectorRequirement {
	requirement := metav1.LabelSelectorRequirement{
		Key:      pick(c, selectorKeys[:9]),
		Operator: pick(c, []metav1.LabelSelectorOperator{"In", "NotIn", "Exists", "DoesNotExist"}),
	}
	if requirement.Operator == "In" || requirement.Operator == "NotIn" {
		for range 1 + c.IntN(3) {
			requirement.Values = append(requirement.Values, pick(c, selectorValues[:11]))
		}
	}
	switch c.IntN(12) {
	case 0:
		requirement.Key = pick(c, selectorKeys)
	case 1:
		requirement.Operator = pick(c, []metav1.LabelSelectorOperator{"", "in", "Gt", "Equals", " In"})
	case 2:
		requirement.Values = append(requirement.Values, pick(c, selectorValues))
	case 3:
		requirement.Values = nil
	}
	return requirement
}

func labelSelectorObjects(c *chance) []row {
	selectors := []*metav1.LabelSelector{nil, {}}
	for range 1500 {
		selector := &metav1.LabelSelector{}
		for range c.IntN(3) {
			metav1.AddLabelToSelector(selector, pick(c, selectorKeys[:9]), pick(c, selectorValues[:11]))
		}
		for range c.IntN(3) {
			selector.MatchExpressions = append(selector.MatchExpressions, expression(c))
		}
		selectors = append(selectors, selector)
	}
	var rows []row
	for _, selector := range selectors {
		rows = append(rows, row{selector, verdict(metav1.LabelSelectorAsSelector(selector))})
	}
	return rows
}

func fieldSelectors(c *chance) []row {
	paths := []string{"metadata.name", "metadata.namespace", "status.phase", "a", "", "a b", "ä"}
	values := []string{"x", "", "a b", "a\\,b", "a\\=b", "a\\\\b", "a\\", "a\\x", "a=b", "a,b", "é", "!", "a!=b"}
	texts := []string{"", ",", ",,", "=", "a", "a=b,", ",a=b", "a=b,,c=d", "a==b", "a!=b", "a===b", "a!==b", "!a=b", "=b", "!=", "a=b\\", "a\\=b=c"}
	for _, path := range paths {
		for _, operator := range []string{"=", "==", "!=", "!", "<", " = "} {
			for _, value := range values {
				texts = append(texts, path+operator+value, "z=1,"+path+operator+value+",b!=2")
			}
		}
	}
	alphabet := append(strings.Split("ab=!,\\ ==,,\\\\", ""), strange[:10]...)
	for range 1000 {
		var parts []string
		for range 1 + c.IntN(3) {
			parts = append(parts, pick(c, paths)+pick(c, []string{"=", "==", "!="})+pick(c, values))
		}
		texts = append(texts, c.mutated(strings.Join(parts, ","), alphabet))
	}
	var rows []row
	for _, text := range distinct(texts) {
		selector, err := fields.ParseSelector(text)
		if err != nil {
			rows = append(rows, row{text, nil})
			continue
		}
		terms := []any{}
		for _, term := range selector.Requirements() {
			terms = append(terms, []any{term.Field, term.Operator != selection.NotEquals, term.Value})
		}
		rows = append(rows, row{text, terms})
	}
	return rows
}
