-- +goose Up

-- Until when a winner may claim the prize, and when the bot's clock found that they had not.
ALTER TABLE giveaway_winners ADD COLUMN claim_until timestamp;
ALTER TABLE giveaway_winners ADD COLUMN lapsed_at timestamp;
CREATE INDEX giveaway_winners_waiting ON giveaway_winners (claim_until)
    WHERE claim_until IS NOT NULL AND lapsed_at IS NULL AND NOT claimed AND NOT rerolled;

ALTER TABLE giveaway_templates ADD COLUMN winner_claim_timeout integer NOT NULL DEFAULT 0; -- hours
ALTER TABLE giveaway_templates ADD COLUMN auto_reroll boolean NOT NULL DEFAULT false;
