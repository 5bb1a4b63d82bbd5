using System.Collections.Frozen;
using JamEmr.Errors;

namespace JamEmr.Api.Errors;

/// <summary>The one table from error code to HTTP status.</summary>
public static class ErrorStatus
{
    private static readonly FrozenDictionary<ErrorCode, int> Table = new Dictionary<ErrorCode, int>
    {
        [ErrorCode.InvalidRequest] = StatusCodes.Status400BadRequest,
        [ErrorCode.Unauthenticated] = StatusCodes.Status401Unauthorized,
        [ErrorCode.Forbidden] = StatusCodes.Status403Forbidden,
        [ErrorCode.NotFound] = StatusCodes.Status404NotFound,
        [ErrorCode.Conflict] = StatusCodes.Status409Conflict,
        [ErrorCode.VersionMismatch] = StatusCodes.Status412PreconditionFailed,
        [ErrorCode.VersionRequired] = StatusCodes.Status428PreconditionRequired,
        [ErrorCode.SlotTaken] = StatusCodes.Status409Conflict,
        [ErrorCode.InvalidLocalTime] = StatusCodes.Status422UnprocessableEntity,
        [ErrorCode.IdempotencyKeyReused] = StatusCodes.Status422UnprocessableEntity,
        [ErrorCode.ConsentRequired] = StatusCodes.Status409Conflict,
        [ErrorCode.UnsupportedSentences] = StatusCodes.Status422UnprocessableEntity,
        [ErrorCode.AlreadySigned] = StatusCodes.Status409Conflict,
        [ErrorCode.ReauthenticationRequired] = StatusCodes.Status403Forbidden,
        [ErrorCode.BaaRequired] = StatusCodes.Status403Forbidden,
        [ErrorCode.SetupCodeInvalid] = StatusCodes.Status403Forbidden,
        [ErrorCode.LoginTaken] = StatusCodes.Status409Conflict,
        [ErrorCode.SecondFactorRequired] = StatusCodes.Status401Unauthorized,
        [ErrorCode.EnrolmentRequired] = StatusCodes.Status403Forbidden,
        [ErrorCode.EnrolmentCodeInvalid] = StatusCodes.Status403Forbidden,
        [ErrorCode.SessionLocked] = StatusCodes.Status423Locked,
        [ErrorCode.AntiForgery] = StatusCodes.Status403Forbidden,
        [ErrorCode.ApprovalRequired] = StatusCodes.Status403Forbidden,
        [ErrorCode.ChartRestricted] = StatusCodes.Status403Forbidden,
        [ErrorCode.TooManyRequests] = StatusCodes.Status429TooManyRequests,
        [ErrorCode.Unavailable] = StatusCodes.Status503ServiceUnavailable,
        [ErrorCode.Timeout] = StatusCodes.Status504GatewayTimeout,
    }.ToFrozenDictionary();

    /// <summary>The status of a code.</summary>
    public static int Of(ErrorCode code) => Table[code];

    /// <summary>The wire form of a code: snake_case.</summary>
    public static string Wire(ErrorCode code) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());
}
