package doctor

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"guildboard/store"
)

// foreign asks for a giveaway in a channel that is not the guild's, which the bot must refuse as "form": Discord lets a
// bot write in every guild that it is in, so nobody else would.
func (e *botTalk) foreign(ctx context.Context, answered bool) error {
	const rule = "refuses a channel of another server"
	switch {
	case e.Guild == "":
		e.skip(rule, "say --guild ID, a server that the bot is in: a made-up one has no channels")
		return nil
	case !answered:
		e.skip(rule, "the bot does not answer")
		return nil
	case !slices.Contains(e.offered, store.VerbGiveawayCreate):
		e.skip(rule, "its heartbeat does not offer %s", store.VerbGiveawayCreate)
		return nil
	}
	c := e.command(store.VerbGiveawayCreate, store.NewID())
	form := store.NewGiveawayForm(time.Now())
	form.Prize, form.ChannelID = "guildboard doctor", e.Foreign
	var err error
	if c.Data, err = json.Marshal(form); err != nil {
		return err
	}
	sent, finals, err := e.order(ctx, c, 1)
	if err != nil {
		return err
	}
	switch {
	case len(finals) > 0 && finals[0].Code == store.CodeSettings:
		e.skip(rule, "%v", finals[0])
		return nil
	case len(finals) > 0 && finals[0].Status == store.CommandDone:
		e.takeBack(ctx, deed{target: c.Target, undo: store.VerbGiveawayCancel})
	}
	e.refused(rule, sent, store.CodeForm)
	return nil
}
