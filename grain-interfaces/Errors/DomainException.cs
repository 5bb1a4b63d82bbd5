namespace JamEmr.Errors;

/// <summary>
/// The one exception of our own that crosses grain calls. The message tells a person what to do and never carries patient data or secrets.
/// </summary>
[GenerateSerializer, Alias("jamemr.error")]
public sealed class DomainException : Exception
{
    /// <summary>A failure with its stable code.</summary>
    /// <param name="code">Stable code.</param>
    /// <param name="message">What happened and what to do; no patient data.</param>
    /// <param name="pointer">RFC 6901 pointer to the offending field of the request, where there is one.</param>
    public DomainException(ErrorCode code, string message, string? pointer = null)
        : base(message)
    {
        Code = code;
        Pointer = pointer;
    }

    /// <summary>Stable code.</summary>
    [Id(0)]
    public ErrorCode Code { get; private set; }

    /// <summary>RFC 6901 pointer to the offending field, or null.</summary>
    [Id(1)]
    public string? Pointer { get; private set; }

    /// <summary>How long to wait before trying again, in whole seconds; null where it is not known.</summary>
    [Id(2)]
    public TimeSpan? RetryAfter { get; init; }
}
