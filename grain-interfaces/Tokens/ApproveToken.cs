namespace JamEmr.Tokens;

/// <summary>Releases a registered token that waits for approval.</summary>
/// <param name="ContentHash">SHA-256 of what was registered, lower-case hex, so that nothing else is released than what was seen.</param>
[GenerateSerializer, Immutable, Alias("jamemr.token.approve")]
public sealed record ApproveToken([property: Id(0)] Guid Token, [property: Id(1)] string ContentHash);
