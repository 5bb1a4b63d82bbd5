using JamEmr.Access;

namespace JamEmr.Patients;

/// <summary>The accounting of a patient's disclosures (45 CFR 164.528): to whom data of theirs was given outside treatment, payment and
/// operations. Key <c>{practice}/disclosures/{patient}</c>. What is written here stays here; the audit log has ids and a hash.</summary>
[Alias("jamemr.disclosures")]
public interface IDisclosureGrain : IGrainWithStringKey
{
    /// <summary>Records a disclosure. Repeating the same id and content gives the same answer.</summary>
    [Requires(Permission.RecordDisclosure), Alias("record")]
    Task<DisclosureRecord> RecordAsync(Guid disclosure, RecordDisclosure command);

    /// <summary>Leaves a disclosure to a health oversight agency or law enforcement out of accountings for a time that the agency names
    /// (45 CFR 164.528(a)(2)); replaces an earlier suspension.</summary>
    [Requires(Permission.AccountForDisclosures), Alias("suspend")]
    Task<DisclosureRecord> SuspendAsync(Guid disclosure, SuspendDisclosure command);

    /// <summary>Disclosures by date, oldest first.</summary>
    [Requires(Permission.AccountForDisclosures), Alias("list")]
    Task<Page<DisclosureRecord>> ListAsync(DisclosurePeriod period, PageRequest page);
}

/// <summary>A disclosure to record, with what 164.528(b)(2) asks for.</summary>
/// <param name="Date">When the data was given; not in the future, not before the Privacy Rule (2003-04-14).</param>
/// <param name="Recipient">The entity or person who received it, 1–200 characters.</param>
/// <param name="Address">Their address, where it is known, up to 500 characters.</param>
/// <param name="Description">What was given, in brief, 1–2,000 characters.</param>
/// <param name="Purpose">What for, in brief, or the request it answered, 1–2,000 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.disclosures.record-command")]
public sealed record RecordDisclosure(
    [property: Id(0)] DateOnly Date,
    [property: Id(1)] string Recipient,
    [property: Id(2)] string? Address,
    [property: Id(3)] string Description,
    [property: Id(4)] string Purpose)
{
    /// <summary>Never prints what was given to whom.</summary>
    public override string ToString() => nameof(RecordDisclosure);
}

/// <summary>An agency's request to keep a disclosure out of accountings.</summary>
/// <param name="Until">The last day of it: at most 30 days from now where the agency only said so.</param>
/// <param name="Written">Whether the agency's statement is in writing.</param>
/// <param name="Statement">Who asked and why an accounting would impede them, 1–2,000 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.disclosures.suspend-command")]
public sealed record SuspendDisclosure([property: Id(0)] DateOnly Until, [property: Id(1)] bool Written, [property: Id(2)] string Statement)
{
    /// <summary>Never prints the statement.</summary>
    public override string ToString() => nameof(SuspendDisclosure);
}

/// <summary>A disclosure on record.</summary>
/// <param name="Suspension">The latest suspension; null where there never was one.</param>
[GenerateSerializer, Immutable, Alias("jamemr.disclosures.record")]
public sealed record DisclosureRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Patient,
    [property: Id(2)] RecordDisclosure Content,
    [property: Id(3)] DateTimeOffset RecordedAt,
    [property: Id(4)] Guid RecordedBy,
    [property: Id(5)] DisclosureSuspension? Suspension);

/// <summary>A suspension on record.</summary>
/// <param name="Since">The day it was first asked for in this form: what was only said counts from then, however often it is said again.</param>
[GenerateSerializer, Immutable, Alias("jamemr.disclosures.suspension")]
public sealed record DisclosureSuspension(
    [property: Id(0)] SuspendDisclosure Content, [property: Id(1)] DateTimeOffset RecordedAt, [property: Id(2)] Guid RecordedBy,
    [property: Id(3)] DateOnly Since);

/// <summary>Which disclosures.</summary>
/// <param name="From">The first day; null for six years ago.</param>
/// <param name="To">The last day; null for today.</param>
/// <param name="ForPatient">As the patient gets it: without what is suspended today, and no more than six years back.</param>
[GenerateSerializer, Immutable, Alias("jamemr.disclosures.period")]
public sealed record DisclosurePeriod([property: Id(0)] DateOnly? From, [property: Id(1)] DateOnly? To, [property: Id(2)] bool ForPatient);
