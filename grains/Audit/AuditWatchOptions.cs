namespace JamEmr.Audit;

/// <summary>When the log is taken for stalled, and how long a disk may take.</summary>
public sealed record AuditWatchOptions
{
    /// <summary>Time between two looks at the disks. Default 500 ms.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a probe of a disk may take before nothing more is begun. Default 1 s.</summary>
    public TimeSpan ProbeLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long each first probe of a disk may take, before anything is served. Nobody waits for an answer then, and a service that gives up
    /// starting is of no use to anybody. Default 30 s. A ledger in a database has that database's own, shorter limit.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a state or a record may take to be written before the call fails with its outcome unknown. Default 1.25 s.</summary>
    public TimeSpan WriteLimit { get; init; } = TimeSpan.FromSeconds(1.25);

    /// <summary>Age of the oldest record that is not in the ledger yet at which an alarm is raised. Default 10 s.</summary>
    public TimeSpan AlarmAge { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Age at which new work on that log is refused. Default 60 s.</summary>
    public TimeSpan RefuseAge { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Records of one log that are not in the ledger yet, at which new work on that log is refused. Default 100,000.</summary>
    public int RefuseCount { get; init; } = 100_000;

    /// <summary>Disks take real time whatever the service's clock says: nothing is too slow before it is by both.</summary>
    public TimeProvider DiskClock { get; init; } = TimeProvider.System;

    /// <summary>Checks the above.</summary>
    /// <exception cref="ArgumentException">A value cannot be right.</exception>
    public void Validate()
    {
        if (Period <= TimeSpan.Zero || ProbeLimit <= TimeSpan.Zero || StartLimit <= TimeSpan.Zero || WriteLimit <= TimeSpan.Zero || AlarmAge <= TimeSpan.Zero)
            throw new ArgumentException("The audit watch's times must be more than zero.");
        if (RefuseAge < AlarmAge) throw new ArgumentException("Work is refused no earlier than the alarm: RefuseAge must not be less than AlarmAge.");
        if (RefuseCount < 1) throw new ArgumentException("RefuseCount must be positive.");
    }
}
