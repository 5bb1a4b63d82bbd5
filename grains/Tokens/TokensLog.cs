using Microsoft.Extensions.Logging;

namespace JamEmr.Tokens;

/// <summary>Log messages of tokens: 2300–2399.</summary>
internal static partial class TokensLog
{
    [LoggerMessage(2301, LogLevel.Information, "Token {Token} was registered.")]
    public static partial void Registered(this ILogger logger, Guid token);

    [LoggerMessage(2302, LogLevel.Information, "Token {Token} was revoked.")]
    public static partial void Revoked(this ILogger logger, Guid token);

    [LoggerMessage(2303, LogLevel.Information, "Token {Token} was given a new secret.")]
    public static partial void Rotated(this ILogger logger, Guid token);

    [LoggerMessage(2304, LogLevel.Information, "Token {Token} was approved.")]
    public static partial void Approved(this ILogger logger, Guid token);
}
