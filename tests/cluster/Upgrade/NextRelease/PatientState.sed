s/RestrictionRecord\? Restriction = null\) : IVersionedState/RestrictionRecord? Restriction = null,\n    [property: Id(4)] string? Language = null) : IVersionedState/
s/SchemaVersion => 1/SchemaVersion => 2/
