package store

import (
	"slices"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
)

// AuditedField returns the field with the given name of the schema whose change c records, if there is one.
func AuditedField(c contract.Command, name string) (forms.Field, bool) {
	var schema forms.Schema
	switch c.Verb {
	case contract.VerbSettingsChange:
		schema = SchemaOf(access.Module(c.Target))
	case contract.VerbPanelChange:
		schema = PanelSchema
	case contract.VerbCategoryChange:
		schema = CategorySchema
	case contract.VerbProductChange:
		schema = ProductSchema
	case contract.VerbCannedReplyChange:
		schema = CannedReplySchema
	case contract.VerbLabelChange:
		schema = LabelSchema
	}
	i := slices.IndexFunc(schema, func(f forms.Field) bool { return f.Name == name })
	if i < 0 {
		return forms.Field{}, false
	}
	return schema[i], true
}
