package doctor

import (
	"context"
	"slices"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// checkForeignChannel sends a giveaway for a channel outside the guild. The bot must refuse it as "form", since Discord
// lets a bot post in every guild that it is a member of.
func (e *botCheck) checkForeignChannel(ctx context.Context, answered bool) error {
	const rule = "refuses a channel of another server"
	switch {
	case e.Guild == "":
		e.skip(rule, "needs --guild, the ID of a server of the bot")
		return nil
	case !answered:
		e.skip(rule, "the bot does not answer")
		return nil
	case !slices.Contains(e.capabilities, contract.VerbGiveawayCreate):
		e.skip(rule, "the capabilities do not contain %s", contract.VerbGiveawayCreate)
		return nil
	}
	c := e.newCommand(contract.VerbGiveawayCreate, store.NewID())
	form := contract.NewGiveawayForm(time.Now())
	form.Prize, form.ChannelID = "guildboard doctor", e.ForeignChannel
	var err error
	if c.Data, err = contract.EncodePayload(form); err != nil {
		return err
	}
	sent, finals, err := e.sendAndWait(ctx, c, 1)
	if err != nil {
		return err
	}
	switch {
	case len(finals) > 0 && finals[0].Code == contract.RefusalSettings:
		e.skip(rule, "%v", finals[0])
		return nil
	case len(finals) > 0 && finals[0].Status == contract.CommandDone:
		e.requestUndo(ctx, reversibleAction{target: c.Target, undo: contract.VerbGiveawayCancel})
	}
	e.judgeRefused(rule, sent, contract.RefusalInvalidForm)
	return nil
}
