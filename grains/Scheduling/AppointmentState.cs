using JamEmr.Audit;

namespace JamEmr.Scheduling;

/// <summary>An appointment and its claim on a schedule.</summary>
/// <param name="Record">As answered; null until first booked.</param>
/// <param name="Hold">The hold behind the record's slot.</param>
/// <param name="Intended">A hold being asked for. Stored before the schedule is asked, so that an activation that finds one knows it was
/// left by another that died, and takes it back by a write of its own: the dead one, should it still live somewhere, can then no longer
/// complete.</param>
/// <param name="CommandHash">SHA-256 of the booking request.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.appointment")]
public sealed record AppointmentState(
    [property: Id(0)] AppointmentRecord? Record,
    [property: Id(1)] Guid? Hold,
    [property: Id(2)] Guid? Intended,
    [property: Id(3)] string? CommandHash) : IVersionedState
{
    /// <summary>Never booked.</summary>
    public static readonly AppointmentState Empty = new(null, null, null, null);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}
