s/^    \[property: Id\(5\)\] int Version\);$/    [property: Id(5)] int Version,\n    [property: Id(6)] string? Nickname = null);/
s/^    Task<PatientRecord\?> PeekAsync\(\);$/&\n\n    [Internal, ReadOnly, Alias("nickname")]\n    Task<string?> NicknameAsync();/
