package store

import "testing"

func TestCanManage(t *testing.T) {
	const owner, member = true, false
	allow := func(owns bool, permissions string) {
		t.Helper()
		if !CanManage(owns, permissions) {
			t.Errorf("owner %t with permissions %q is denied", owns, permissions)
		}
	}
	deny := func(owns bool, permissions string) {
		t.Helper()
		if CanManage(owns, permissions) {
			t.Errorf("owner %t with permissions %q is allowed", owns, permissions)
		}
	}

	allow(owner, "0")
	allow(owner, "104320577")
	allow(owner, "nonsense") // owning needs no permissions
	allow(owner, "")

	allow(member, "8")  // ADMINISTRATOR
	allow(member, "32") // MANAGE_GUILD
	allow(member, "40")
	allow(member, "2147483647")
	allow(member, "4503599627370536")     // bits 52, 5 and 3
	allow(member, "9007199254740993032")  // past 2^53, where a float loses the low bits
	allow(member, "18446744073709551615") // all 64 bits
	allow(member, "18446744073709551583") // all but MANAGE_GUILD

	deny(member, "0")
	deny(member, "16")        // MANAGE_CHANNELS
	deny(member, "268435456") // MANAGE_ROLES
	deny(member, "4294967296")
	deny(member, "1099511627776")        // MODERATE_MEMBERS
	deny(member, "9007199254740992")     // 2^53
	deny(member, "18446744073709551575") // all but ADMINISTRATOR and MANAGE_GUILD

	deny(member, "18446744073709551616") // 2^64
	deny(member, "18446744073709551624") // 2^64 + ADMINISTRATOR
	deny(member, "99999999999999999999999999999999")
	deny(member, "")
	deny(member, "-1")
	deny(member, "-8")
	deny(member, "+8")
	deny(member, "0x8")
	deny(member, "0b1000")
	deny(member, "1_000")
	deny(member, "8.0")
	deny(member, "8e0")
	deny(member, " 8")
	deny(member, "8 ")
	deny(member, "8\n")
	deny(member, "8,32")
	deny(member, "٨") // a digit, elsewhere
	deny(member, "true")
	deny(member, "null")
}
