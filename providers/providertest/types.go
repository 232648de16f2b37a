package providertest

import "strings"

// textSteps are what goes wrong with text: its octets, its escapes, and where one string ends and the next begins.
func textSteps() []step {
	full := strings.Repeat("0123456789abcdef", 16)[:255]
	return []step{
		{"plain", `www 300 TXT "plain"`},
		{"letter case kept", `www 300 TXT "Plain"`},
		{"255 octets", `www 300 TXT "` + full + `"`},
		{"two strings of 255 octets", `www 300 TXT "` + full + `" "` + full + `"`},
		{"4000 octets", `www 300 TXT` + strings.Repeat(` "`+full[:250]+`"`, 16)},
		{"two strings", `www 300 TXT "ab" "c"`},
		{"the same text in other strings", `www 300 TXT "a" "bc"`},
		{"the same text in one string", `www 300 TXT "abc"`},
		{"order of strings", `www 300 TXT "c" "ab"`},
		{"empty string", `www 300 TXT ""`},
		{"empty strings between", `www 300 TXT "" "a" "" ""`},
		{"quotes", `www 300 TXT "say \"hello\""`},
		{"a quote alone", `www 300 TXT "\""`},
		{"backslashes", `www 300 TXT "C:\\dir\\"`},
		{"backslash and digits", `www 300 TXT "\\065 \\\\"`},
		{"semicolons", `www 300 TXT "v=DKIM1; k=rsa; p=MIGf"`},
		{"no space at a semicolon", `www 300 TXT ";comment;"`},
		{"spaces", `www 300 TXT "  two  before and after  "`},
		{"tab and line feed", `www 300 TXT "a\009b\010c\013d"`},
		{"other octets", `www 300 TXT "\000\001\127\128\255"`},
		{"UTF-8", `www 300 TXT "\195\188ber \226\130\172"`},
		{"what other syntaxes mind", `www 300 TXT "$ORIGIN @ ( ) ' , { } % & < > # *"`},
		{"several", lines(`www 300 TXT "a"`, `www 300 TXT "b"`, `www 300 TXT "a" "b"`, `www 300 TXT "ab"`)},
		{"one of several", lines(`www 300 TXT "a"`, `www 300 TXT "B"`, `www 300 TXT "a" "b"`, `www 300 TXT "ab"`)},
		{"differing in case only", lines(`www 300 TXT "key"`, `www 300 TXT "Key"`, `www 300 TXT "KEY"`)},
	}
}

// typeSteps have one type each, in all of its forms that matter.
func typeSteps() []step {
	hex := func(octets int) string { return strings.Repeat("ab", octets) }
	return []step{
		{"MX", lines("@ 300 MX 10 mail", "@ 300 MX 10 mail2.invalid.", "@ 300 MX 0 mail")},
		{"null MX", "@ 300 MX 0 ."}, // RFC 7505
		{"SRV", lines("_sip._tcp 300 SRV 10 60 5060 sip", "_sip._tcp 300 SRV 10 20 5060 SIP2")},
		{"SRV without a service", "_sip._tcp 300 SRV 0 0 0 ."}, // RFC 2782
		{"NAPTR", lines(`www 300 NAPTR 100 50 "s" "SIP+D2T" "" _sip._tcp`, `www 300 NAPTR 100 51 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .`, `www 300 NAPTR 100 52 "u" "E2U+sip" "!^\\+44(.*)$!sip:\\1@example.com!" .`)},
		{"CAA", lines(`@ 300 CAA 0 issue "ca.invalid; policy=ev"`, `@ 300 CAA 0 issuewild ";"`, `@ 300 CAA 128 iodef "mailto:security@example.com"`)},
		{"CAA in both cases", lines(`www 300 CAA 0 issue "ca.invalid; accounturi=https://ca.invalid/Acct/1a"`, `www 300 CAA 0 iodef "mailto:Security@example.com"`)},
		{"SSHFP", lines("www 300 SSHFP 1 1 "+hex(20), "www 300 SSHFP 4 2 "+hex(32))},
		{"TLSA", lines("_443._tcp.www 300 TLSA 3 1 1 "+hex(32), "_443._tcp.www 300 TLSA 3 0 2 "+hex(64), "_443._tcp.www 300 TLSA 3 1 0 "+hex(300))},
		{"SMIMEA", "_smimecert 300 SMIMEA 3 0 1 " + hex(32)},
		{"OPENPGPKEY", "_openpgpkey 300 OPENPGPKEY mQENBFVHm5sBCAC2"},
		{"DS", lines("sub 300 NS ns1.example.", "sub 300 DS 60485 8 1 "+hex(20), "sub 300 DS 60485 13 4 "+hex(48))},
		{"HTTPS alias", "@ 300 HTTPS 0 www"},
		{"HTTPS", lines(`www 300 HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1`, `www 300 HTTPS 2 other no-default-alpn alpn=h3`)},
		{"HTTPS with parameters in another order", "www 300 HTTPS 1 . port=8443 alpn=h2 mandatory=port,alpn"},
		{"SVCB", lines("_dns.www 300 SVCB 1 dns alpn=dot port=853", "_dns.www 300 SVCB 2 dns alpn=h2 key65280=abc")},
		{"SVCB in both cases", "_dns.www 300 SVCB 1 dns alpn=Dot key65280=aBc"},
		{"HTTPS in both cases", `www 300 HTTPS 1 . alpn=H2,h2 ech=AEX+DQBB`},
		{"LOC", lines("www 300 LOC 51 30 12.748 N 0 7 39.611 W 0.00m 1m 10000m 10m", "www 300 LOC 42 21 54 S 71 6 18 E -24m 30m 10m 2m")},
		{"URI", `_http._tcp 300 URI 10 1 "https://www.example.com/path?a=b;c"`},
		{"URI in both cases", `_http._tcp 300 URI 10 1 "https://www.example.com/Path?A=b"`},
		{"PTR", lines("1.2.0.192 300 PTR www", "1.2.0.192 300 PTR Other.Invalid.")},
		{"DNAME", "sub 300 DNAME sub.invalid."},
		{"HINFO", `www 300 HINFO "INTEL-64" "a system"`},
		{"RP", "www 300 RP admin.example. www"},
		{"AFSDB", "www 300 AFSDB 1 afs"},
		{"KX", "www 300 KX 10 kx"},
		{"CERT", "www 300 CERT PKIX 0 0 MIIB"},
		{"CSYNC", "sub 300 CSYNC 66 3 A NS AAAA"},
		{"APL", "www 300 APL 1:192.0.2.0/24 !2:2001:db8::/32"},
		{"EUI48", "www 300 EUI48 00-00-5e-00-53-2a"},
		{"EUI64", "www 300 EUI64 00-00-5e-ef-10-00-00-2a"},
		{"IPSECKEY", "www 300 IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
		{"SPF", `www 300 SPF "v=spf1 -all"`},
		{"SPF in both cases", `www 300 SPF "v=spf1 exists:%{I}._spf.Example.com -all"`},
		{"generic", lines(`www 300 TYPE65280 \# 4 0a0b0c0d`, `www 300 TYPE65280 \# 2 ABCD`)}, // RFC 3597, and private use in RFC 6895
		{"generic without data", `www 300 TYPE65280 \# 0`},
		{"known type in the generic form", `www 300 A \# 4 c0000201`},
		{"many at one name", lines("www 300 A 192.0.2.1", "www 300 AAAA 2001:db8::1", `www 300 TXT "a"`, "www 300 MX 10 www", `www 300 CAA 0 issue ";"`, "www 300 HTTPS 1 . alpn=h2")},
	}
}
