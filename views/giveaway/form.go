package giveaway

import (
	"guildboard/store/contract"
	"guildboard/views/ui"
)

// bonusRows returns the rows for bonus entry roles: the filled ones, and empty ones up to five.
func bonusRows(f contract.GiveawayForm) []contract.BonusRole {
	rows := append([]contract.BonusRole(nil), f.BonusEntryRoles[:min(len(f.BonusEntryRoles), 2*contract.MaxRoles)]...)
	for len(rows) < 5 {
		rows = append(rows, contract.BonusRole{Entries: 2})
	}
	return rows
}

// tierRows returns the rows for prize tiers: the filled ones, and empty ones up to contract.MaxPrizeTiers.
func tierRows(f contract.GiveawayForm) []contract.PrizeTier {
	rows := append([]contract.PrizeTier(nil), f.PrizeTiers[:min(len(f.PrizeTiers), 2*contract.MaxPrizeTiers)]...)
	for len(rows) < contract.MaxPrizeTiers {
		rows = append(rows, contract.PrizeTier{Count: 1})
	}
	return rows
}

func hasRequirements(v FormView) bool {
	f := v.Form
	return v.RequiredRoles+v.ExcludedRoles != "" || len(f.BonusEntryRoles) > 0 ||
		f.RequiredLevel+f.RequiredMessages+f.RequiredInvites+f.RequiredReputation+
			f.RequiredAccountAge+f.RequiredServerAge+f.BoosterBonusEntries > 0 ||
		hasProblem(v.Problems, "requiredRoleIds", "blacklistRoleIds", "requiredLevel", "requiredMessages", "requiredInvites",
			"requiredReputation", "requiredAccountAge", "requiredServerAge", "boosterBonusEntries", "bonusEntryRoles")
}

func submitLabel(p ui.Page, v FormView) string {
	if v.IsEditing {
		return p.T("form.save")
	}
	return p.T("form.send")
}

func hasProblem(problems map[string]string, fields ...string) bool {
	for _, field := range fields {
		if problems[field] != "" {
			return true
		}
	}
	return false
}
