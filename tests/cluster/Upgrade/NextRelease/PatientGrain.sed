s/CommitAsync\(new PatientState\(record, hash, \[\]\),/CommitAsync(new PatientState(record with { Nickname = "Nick" }, hash, [], Language: "en"),/
s/ShowAsync\(Require\(\)\.Record\)\);/ShowAsync(Seen(Require())));/
s/^    public Task<PatientRecord\?> PeekAsync\(\).*$/&\n\n    public Task<string?> NicknameAsync() => Task.FromResult(Current?.Record.Nickname);\n\n    private static PatientRecord Seen(PatientState state) =>\n        state.Record with { Demographics = state.Record.Demographics with { Address = $"{state.Record.Nickname}, {state.Language}" } };/
