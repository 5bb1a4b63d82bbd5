using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Practices;

/// <summary>A practice as stored.</summary>
/// <param name="Founding">What it was founded with, for recognising a repeated request.</param>
/// <param name="Record">As it is now.</param>
/// <param name="Series">Last number given per series.</param>
/// <param name="Settings">Limits of its sessions; null for the product's own.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.practice")]
public sealed record PracticeState(
    [property: Id(0)] FoundPractice Founding,
    [property: Id(1)] StoredPractice Record,
    [property: Id(2)] ImmutableArray<NumberSeries> Series,
    [property: Id(4)] AccessSettings? Settings = null) : IVersionedState
{
    // An approval is tried again until its execution is known; that many others do not come between.
    private const int MaxExecuted = 100;

    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Its business associate agreements, in the order recorded. States written before there were any have none.</summary>
    [Id(3)]
    public ImmutableArray<StoredAgreement> Agreements { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The approvals executed last, so that none is executed twice.</summary>
    [Id(5)]
    public ImmutableArray<Guid> Executed { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Whether an approval was executed here.</summary>
    public bool HasExecuted(Guid approval) => Executed.Contains(approval);

    /// <summary>With an approval executed, and the version that makes.</summary>
    public PracticeState WithExecuted(Guid approval) => this with
    {
        Record = Record with { Version = Record.Version + 1 },
        Executed = [.. Executed.TakeLast(MaxExecuted - 1), approval],
    };
}

/// <summary>A practice's own data as stored.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.practice.record")]
public sealed record StoredPractice(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Code,
    [property: Id(2)] string Name,
    [property: Id(3)] string TimeZone,
    [property: Id(4)] DateTimeOffset CreatedAt,
    [property: Id(5)] int Version);

/// <summary>An agreement, and what was done about its end.</summary>
/// <param name="EndRecorded">Whether the log has that it is over.</param>
/// <param name="NeverBegan">Whether its end was set before its first day came.</param>
/// <param name="NoticeGiven">The shortest time before its end that people were reminded of it, in days; null while they were not.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.practice.agreement")]
public sealed record StoredAgreement(
    [property: Id(0)] AgreementRecord Record,
    [property: Id(1)] bool EndRecorded = false,
    [property: Id(2)] bool NeverBegan = false,
    [property: Id(3)] int? NoticeGiven = null);

/// <summary>A series of numbers.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.practice.series")]
public sealed record NumberSeries([property: Id(0)] string Name, [property: Id(1)] long Last);

/// <summary>The set-up of an installation as stored.</summary>
/// <param name="CodeHash">Keyed hash of the one-time code; null when there is none to use.</param>
/// <param name="Founding">The last founding, under way or done; null when there was none.</param>
/// <param name="CodeIssuedAt">When the code was issued; UTC.</param>
/// <param name="CodePlace">Where the code was to be shown.</param>
/// <param name="IsFurther">Whether the code founds a practice whatever others there are.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.setup")]
public sealed record SetupState(
    [property: Id(0)] string? CodeHash,
    [property: Id(1)] Founding? Founding,
    [property: Id(2)] DateTimeOffset? CodeIssuedAt = null,
    [property: Id(3)] string? CodePlace = null,
    [property: Id(4)] bool IsFurther = false) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>A founding: which ids it uses, so that a crash between its steps ends in the same practice.</summary>
/// <param name="RequestHash">SHA-256 of the request without its secrets, hex.</param>
/// <param name="Officers">The officers' accounts, in the request's order.</param>
/// <param name="Done">Whether the practice is founded. The administrator may still have to enrol.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.setup.founding")]
public sealed record Founding(
    [property: Id(0)] Guid Practice,
    [property: Id(1)] Guid Administrator,
    [property: Id(2)] string RequestHash,
    [property: Id(3)] ImmutableArray<Guid> Officers = default,
    [property: Id(4)] bool Done = false);

/// <summary>JSON of practices.</summary>
[JsonSerializable(typeof(Audited<PracticeState>))]
[JsonSerializable(typeof(Audited<SetupState>))]
[JsonSerializable(typeof(PracticeRecord))]
[JsonSerializable(typeof(AgreementRecord))]
[JsonSerializable(typeof(SetupRequest))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class PracticesJson : JsonSerializerContext;
