package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var (
	timeYears = []string{
		"0000", "0001", "1582", "1600", "1900", "1969", "1970", "1999", "2000", "2004", "2023", "2024",
		"2038", "2100", "2400", "9999", "10000", "24", "-001", "+2024", "２024",
	}
	timeDays = []string{
		"01-01", "02-28", "02-29", "02-30", "03-01", "04-30", "04-31", "12-31", "00-10", "13-01",
		"06-00", "06-32", "1-01", "01-1", "0101",
	}
	timeClocks = []string{
		"00:00:00", "23:59:59", "12:34:56", "24:00:00", "23:60:00", "23:59:60", "1:02:03", "01:2:03",
		"01:02:3", "010203", "01:02",
	}
	timeFractions = []string{
		"", ".0", ".5", ".123", ".123456", ".1234567", ".000001", ".999999", ".9999999999", ".", ",5",
		",123456", ".12345", ".-5", "." + strings.Repeat("1", 30),
	}
	timeZones = []string{
		"Z", "z", "+00:00", "-00:00", "+02:00", "-05:30", "+14:00", "+23:59", "-23:59", "+24:00",
		"+00:60", "+0200", "+02", "", "UTC", " Z", "+2:00", "Z+00:00",
	}
)

func timeTexts(c *chance) []string {
	texts := []string{"", "null", "now", "0", "1706000000", " 2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z ", "2024-01-02t03:04:05Z", "2024-01-02 03:04:05Z", "2024/01/02T03:04:05Z", "2024-01-02T03:04:05Z\u0000"}
	for _, year := range timeYears {
		for _, day := range timeDays {
			texts = append(texts, year+"-"+day+"T12:34:56Z")
		}
		for _, zone := range timeZones {
			texts = append(texts, year+"-01-01T00:00:00"+zone, year+"-12-31T23:59:59.999"+zone)
		}
	}
	for _, clock := range timeClocks {
		for _, fraction := range timeFractions {
			for _, zone := range timeZones {
				texts = append(texts, "2024-02-29T"+clock+fraction+zone)
			}
		}
	}
	alphabet := append(strings.Split("0123456789--::TZtz.,+ ", ""), strange...)
	for range 2000 {
		moment := time.Unix(c.Int64N(253402300800+62167219200)-62167219200, c.Int64N(1e9)).UTC()
		text := moment.Format(pick(c, []string{time.RFC3339, time.RFC3339Nano, metav1.RFC3339Micro}))
		if c.IntN(2) == 0 {
			text = strings.TrimSuffix(text, "Z") + fmt.Sprintf("%+03d:%02d", c.IntN(30)-15, c.IntN(65))
		}
		if c.IntN(2) == 0 {
			text = c.mutated(text, alphabet)
		}
		texts = append(texts, text)
	}
	return distinct(texts)
}

// times: ms since 1970 as metav1.Time reads it (null: refused), and whether metav1.MicroTime does.
func times(c *chance) []row {
	var rows []row
	for _, text := range timeTexts(c) {
		var ms any
		var moment metav1.Time
		var micro metav1.MicroTime
		document, _ := json.Marshal(text)
		if err := json.Unmarshal(document, &moment); err == nil {
			ms = moment.UnixMilli()
		}
		rows = append(rows, row{text, ms, json.Unmarshal(document, &micro) == nil})
	}
	return rows
}

func timeFormats(c *chance) []row {
	// Not what Go calls zero, which is null, nor what has no year of four digits.
	const first, last = -62135596800000 + 1, 253402300800000 - 1
	moments := []int64{first, last, 0, -1, 1, 999, 1000, -999, -1000, -1001, 951782400000, 951868799999}
	for day := int64(0); day < 1500; day++ { // every day of a leap cycle, at changing times
		moments = append(moments, 946684800000+day*86400000+day*57601)
	}
	for range 1500 {
		moments = append(moments, first+c.Int64N(last-first))
	}
	var rows []row
	for _, ms := range moments {
		moment, _ := metav1.NewTime(time.UnixMilli(ms)).MarshalJSON()
		micro, _ := metav1.NewMicroTime(time.UnixMilli(ms)).MarshalJSON()
		rows = append(rows, row{ms, json.RawMessage(moment), json.RawMessage(micro)})
	}
	return rows
}
