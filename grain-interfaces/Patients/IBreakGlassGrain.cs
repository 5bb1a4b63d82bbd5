using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Patients;

/// <summary>
/// An emergency access: one person, one session, one patient whose chart is restricted, at most 60 minutes, reviewed by somebody else afterwards
/// (45 CFR 164.312(a)(2)(ii)). Key <c>{practice}/{grant}</c>.
/// </summary>
[Alias("jamemr.break-glass")]
public interface IBreakGlassGrain : IGrainWithStringKey
{
    /// <summary>Opens the chart to the caller's session at once. When this returns, the log has it, the Privacy Officer was given notice and the
    /// review is due. Repeating the same request gives the same answer.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.Conflict"/> where the chart is open to the caller anyway, or the
    /// session has an emergency access already.</exception>
    [Requires(Permission.BreakGlass), StepUp, Alias("start")]
    Task<BreakGlassRecord> StartAsync(StartBreakGlass command);

    /// <summary>Ends one's own access before its time; repeating changes nothing.</summary>
    [Requires(Permission.BreakGlass), Alias("stop")]
    Task<BreakGlassRecord> StopAsync();

    /// <summary>The access and its review.</summary>
    [Requires(Permission.ReadBreakGlass), Alias("get")]
    Task<BreakGlassRecord> GetAsync();

    /// <summary>Reviews an access that is over, once, and never one's own. Repeating the same review gives the same answer.</summary>
    [Requires(Permission.ReviewBreakGlass), Alias("review")]
    Task<BreakGlassRecord> ReviewAsync(ReviewBreakGlass command);

    /// <summary>Whether this person has, through this access, reach of this patient's chart at this moment.</summary>
    [Internal, AlwaysInterleave, Alias("is-in-force")]
    Task<bool> IsInForceAsync(Guid user, Guid patient);

    /// <summary>The record, for another grain's list; null when none was begun.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<BreakGlassRecord?> PeekAsync();
}

/// <summary>A practice's emergency accesses, newest first. Key <c>{practice}/break-glass</c>.</summary>
[Alias("jamemr.break-glass-registry")]
public interface IBreakGlassRegistryGrain : IGrainWithStringKey
{
    /// <summary>Adds one; repeating changes nothing.</summary>
    [Internal, Alias("add")]
    Task AddAsync(Guid grant);

    /// <summary>The accesses in force, newest first, for the inventory, which does its own check and leaves its own record.</summary>
    [Internal, Alias("in-force")]
    Task<ImmutableArray<BreakGlassRecord>> InForceAsync();

    /// <summary>Emergency accesses and their reviews.</summary>
    [Requires(Permission.ReadBreakGlass), Alias("list")]
    Task<Page<BreakGlassRecord>> ListAsync(PageRequest page);
}

/// <summary>Why a chart must be opened in an emergency.</summary>
public enum BreakGlassReason
{
    /// <summary>Treatment that cannot wait.</summary>
    EmergencyTreatment = 0,

    /// <summary>The patient is here and nobody of the care team is.</summary>
    CoveringClinician = 1,

    /// <summary>The patient asks for it, now.</summary>
    PatientRequest = 2,

    /// <summary>A danger to the patient or to others.</summary>
    ImminentDanger = 3,

    /// <summary>Another reason, which the explanation gives.</summary>
    Other = 4,
}

/// <summary>Begins an emergency access.</summary>
/// <param name="Explanation">10–500 characters, for the review. It is no part of the audit log.</param>
/// <param name="Minutes">1–60.</param>
[GenerateSerializer, Immutable, Alias("jamemr.break-glass.start")]
public sealed record StartBreakGlass(
    [property: Id(0)] Guid Patient,
    [property: Id(1)] BreakGlassReason Reason,
    [property: Id(2)] string Explanation,
    [property: Id(3)] int Minutes);

/// <summary>What a review found.</summary>
public enum BreakGlassVerdict
{
    /// <summary>It was right to open the chart.</summary>
    Justified = 0,

    /// <summary>It was not; the Security Officer is given notice.</summary>
    NotJustified = 1,
}

/// <summary>Reviews an emergency access.</summary>
/// <param name="Note">Up to 1,000 characters; needed where the access was not justified.</param>
[GenerateSerializer, Immutable, Alias("jamemr.break-glass.review")]
public sealed record ReviewBreakGlass(
    [property: Id(0)] BreakGlassVerdict Verdict,
    [property: Id(1)] string? Note = null);

/// <summary>A review.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.break-glass.review-record")]
public sealed record BreakGlassReview(
    [property: Id(0)] BreakGlassVerdict Verdict,
    [property: Id(1)] string? Note,
    [property: Id(2)] Guid By,
    [property: Id(3)] DateTimeOffset At);

/// <summary>How an emergency access ended.</summary>
public enum BreakGlassEnd
{
    /// <summary>The person stopped it.</summary>
    Stopped = 0,

    /// <summary>Its time was over.</summary>
    Expired = 1,

    /// <summary>The session was over.</summary>
    SessionEnded = 2,

    /// <summary>The session did not take it: the chart was never open.</summary>
    NotGiven = 3,
}

/// <summary>An emergency access.</summary>
/// <param name="ExpiresAt">When it ends at the latest.</param>
/// <param name="ReviewDueAt">By when it must be reviewed: one business day of the practice after its start.</param>
/// <param name="EndedAt">When it ended; null while it is in force, and for up to a minute after its time.</param>
[GenerateSerializer, Immutable, Alias("jamemr.break-glass.record")]
public sealed record BreakGlassRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Patient,
    [property: Id(2)] Guid User,
    [property: Id(3)] Guid Session,
    [property: Id(4)] BreakGlassReason Reason,
    [property: Id(5)] string Explanation,
    [property: Id(6)] DateTimeOffset StartedAt,
    [property: Id(7)] DateTimeOffset ExpiresAt,
    [property: Id(8)] DateTimeOffset ReviewDueAt,
    [property: Id(9)] DateTimeOffset? EndedAt,
    [property: Id(10)] BreakGlassEnd? End,
    [property: Id(11)] BreakGlassReview? Review);
