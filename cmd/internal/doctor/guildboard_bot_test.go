package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestBotCheckPassesGuildboardBot(t *testing.T) {
	t.Parallel()
	p := newSignedTestRedis(t)
	s := storetest.Open(t)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	guild := fmt.Sprint(time.Now().UnixNano())
	storetest.Guild(t, s, guild, "Guild")
	member := storetest.Member(t, s, guild, "7", "Ann")
	discord := sim.New()
	discord.AddChannel(guild, "100000000000000001", true)
	discord.AddChannel(guild, "100000000000000003", true)
	discord.SetChannels(guild, store.Channel{ID: "100000000000000001", Name: "giveaways", Kind: store.ChannelText})
	discord.AddMessage("100000000000000001", "100000000000000009", bot.Message{})
	message := "100000000000000009"
	g := storetest.Giveaway(t, s, guild, store.Giveaway{MessageID: &message, Status: store.GiveawayActive})
	ticket := storetest.Ticket(t, s, member, store.Ticket{ChannelID: "100000000000000003"})

	engine := bot.New(s, p.client, store.NewBus(p.client, log), discord, log)
	engine.MinIdleTime, engine.ContractKey = time.Second, p.key
	runUntilTestEnd(t, func(ctx context.Context) {
		if err := engine.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	runUntilTestEnd(t, func(ctx context.Context) { // another process of the bot, with a short heartbeat interval
		tick := time.NewTicker(testHeartbeatInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = contract.Heartbeat{Version: "ours", Capabilities: contract.Verbs}.Send(ctx, p.client)
			}
		}
	})
	_, err := (&store.ConsumerGroup{Client: p.client, Stream: contract.CommandsStream, Name: contract.BotGroup,
		Consumer: "x", MaxBlock: time.Millisecond}).Read(t.Context(), 1)
	must(t, err) // makes the group
	must(t, contract.Heartbeat{Version: "ours", Capabilities: contract.Verbs}.Send(t.Context(), p.client))

	b, _ := p.newBotChecker(t)
	b.eventsChannel = contract.EventsChannel
	b.Guild, b.Giveaway, b.Ticket, b.Act = guild, g.ID, ticket.ID, true
	r := checkBot(t, b)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip)
}
