using JamEmr.Access;
using JamEmr.Approvals;

namespace JamEmr.Practices;

/// <summary>A practice: the covered entity. Key <c>{practice}/practice</c>.</summary>
[Alias("jamemr.practice")]
public interface IPracticeGrain : IGrainWithStringKey
{
    /// <summary>Founds the practice; repeating the same request gives the same answer.</summary>
    [Internal, Alias("found")]
    Task<PracticeRecord> FoundAsync(FoundPractice command);

    /// <summary>The practice's record.</summary>
    [Requires(Permission.ReadPractice), Alias("get")]
    Task<PracticeRecord> GetAsync();

    /// <summary>Changes name, zone or address at a known version.</summary>
    [Requires(Permission.ManagePractice), Alias("update")]
    Task<PracticeRecord> UpdateAsync(UpdatePractice command, int expectedVersion);

    /// <summary>Puts an executed business associate agreement on record. One that follows another may be recorded before that one ends.</summary>
    [ApprovalRequired, Alias("record-baa")]
    Task RecordBaaAsync(Approved approval, RecordBaa command);

    /// <summary>Sets the last day of the agreement in force, never a later one than it has; agreements that were to follow do not begin. A day
    /// before today ends it at once.</summary>
    [ApprovalRequired, Alias("end-baa")]
    Task EndBaaAsync(Approved approval, EndBaa command);

    /// <summary>Changes the limits of the practice's sessions.</summary>
    [ApprovalRequired, Alias("change-settings")]
    Task ChangeSettingsAsync(Approved approval, AccessSettings command);

    /// <summary>The practice's facts that other grains decide by, as of this moment. On the path of every request: answers while the record is
    /// being changed, from what is stored and recorded.</summary>
    [Internal, AlwaysInterleave, Alias("facts")]
    Task<PracticeFacts> FactsAsync();

    /// <summary>The next number of a series ("mrn", "incident-2026"), each given once, from 1. Gaps are possible, repeats are not.</summary>
    [Internal, Alias("next-number")]
    Task<long> NextNumberAsync(string series);
}

/// <summary>A practice as its people see it.</summary>
/// <param name="Code">Short name people type at sign-in: 3–32 of a–z, 0–9 and '-'.</param>
/// <param name="TimeZone">IANA zone.</param>
/// <param name="Baa">Where it stands with its business associate agreement; without one in force patients are synthetic only.</param>
/// <param name="Settings">Limits of its sessions.</param>
/// <param name="Version">Grows by one per change; the ETag.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.record")]
public sealed record PracticeRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Code,
    [property: Id(2)] string Name,
    [property: Id(3)] string TimeZone,
    [property: Id(7)] PracticeBaa Baa,
    [property: Id(8)] AccessSettings Settings,
    [property: Id(5)] DateTimeOffset CreatedAt,
    [property: Id(6)] int Version);

/// <summary>Founds a practice.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.practice.found")]
public sealed record FoundPractice(
    [property: Id(0)] string Code,
    [property: Id(1)] string Name,
    [property: Id(2)] string TimeZone);

/// <summary>Changes a practice.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.practice.update")]
public sealed record UpdatePractice([property: Id(0)] string Name, [property: Id(1)] string TimeZone);

/// <summary>What other grains need to know of a practice.</summary>
/// <param name="TimeZone">IANA zone.</param>
/// <param name="Baa">Where it stands with its business associate agreement at this moment.</param>
/// <param name="IdleMinutes">How long a session lives without use, in minutes.</param>
/// <param name="AbsoluteHours">How long a session lives at most, in hours.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.facts")]
public sealed record PracticeFacts(
    [property: Id(0)] string TimeZone,
    [property: Id(1)] BaaStatus Baa,
    [property: Id(2)] int IdleMinutes,
    [property: Id(3)] int AbsoluteHours);

/// <summary>The installation's practices by code. Key <c>system/practices</c>.</summary>
[Alias("jamemr.practice-registry")]
public interface IPracticeRegistryGrain : IGrainWithStringKey
{
    /// <summary>Takes a code for a practice; false when another practice has it.</summary>
    [Internal, Alias("claim")]
    Task<bool> ClaimAsync(string code, Guid practice);

    /// <summary>The practice with that code, or null.</summary>
    [Internal, ReadOnly, Alias("find")]
    Task<Guid?> FindAsync(string code);

    /// <summary>The code of a practice, or null.</summary>
    [Internal, ReadOnly, Alias("code-of")]
    Task<string?> CodeOfAsync(Guid practice);

    /// <summary>Whether there is such a practice.</summary>
    [Internal, ReadOnly, Alias("exists")]
    Task<bool> ExistsAsync(Guid practice);

    /// <summary>How many practices there are.</summary>
    [Internal, ReadOnly, Alias("count")]
    Task<int> CountAsync();
}
