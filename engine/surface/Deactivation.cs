namespace JamEmr.Engine;

/// <summary>Why an activation ends.</summary>
/// <param name="code">The kind of reason.</param>
/// <param name="exception">What it comes from, if an error.</param>
/// <param name="text">For people.</param>
public readonly struct DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
{
    /// <summary>A reason without an error.</summary>
    public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text)
    {
    }

    /// <summary>For people.</summary>
    public string Description { get; } = text;

    /// <summary>The kind of reason.</summary>
    public DeactivationReasonCode ReasonCode { get; } = code;

    /// <summary>What it comes from, if an error.</summary>
    public Exception? Exception { get; } = exception;

    /// <summary>Code and description.</summary>
    public override string ToString() => Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description} ({Exception.GetType().Name})";
}

/// <summary>Kinds of reasons. The numbers are Orleans'; the embedded engine gives those that can happen in one process.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>Not said.</summary>
    None = 0,

    /// <summary>The process stops.</summary>
    ShuttingDown = 1,

    /// <summary>Construction, reading the state or OnActivateAsync failed.</summary>
    ActivationFailed = 2,

    /// <summary>Cluster only.</summary>
    DirectoryFailure = 3,

    /// <summary>No request for the configured age.</summary>
    ActivationIdle = 4,

    /// <summary>Cluster only.</summary>
    ActivationUnresponsive = 5,

    /// <summary>Cluster only.</summary>
    DuplicateActivation = 6,

    /// <summary>Cluster only.</summary>
    IncompatibleRequest = 7,

    /// <summary>The grain met an error after which it must start anew, such as an etag conflict.</summary>
    ApplicationError = 8,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested = 9,

    /// <summary>Cluster only.</summary>
    Migrating = 10,

    /// <summary>The engine asked for it.</summary>
    RuntimeRequested = 11,

    /// <summary>Cluster only.</summary>
    HighMemoryPressure = 12,
}
