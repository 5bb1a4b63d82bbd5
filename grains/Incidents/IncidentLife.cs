namespace JamEmr.Incidents;

/// <summary>What can be done with an incident.</summary>
internal enum IncidentAction
{
    /// <summary>An officer has seen it.</summary>
    Acknowledge,

    /// <summary>Severity is set.</summary>
    Classify,

    /// <summary>It can do no more harm.</summary>
    Contain,

    /// <summary>Repair begins.</summary>
    Recover,

    /// <summary>Repair is done.</summary>
    Resolve,

    /// <summary>Lessons are drawn.</summary>
    Review,

    /// <summary>It is closed.</summary>
    Close,
}

/// <summary>
/// The life of an incident (DESIGN.md, Incidents). A step may be passed over where it has no meaning (a false alarm is closed from triage),
/// never taken back; an incident is triaged before anything is done about it, and closed for good.
/// </summary>
internal static class IncidentLife
{
    /// <summary>The state after an action; null when the action is not possible in this state.</summary>
    public static IncidentStatus? Next(IncidentStatus status, IncidentAction action) => (status, action) switch
    {
        (IncidentStatus.Closed, _) => null,
        (IncidentStatus.Reported, IncidentAction.Acknowledge) => IncidentStatus.Acknowledged,
        (IncidentStatus.Reported or IncidentStatus.Acknowledged, IncidentAction.Classify) => IncidentStatus.Triaged,
        (_, IncidentAction.Classify) => status,
        (IncidentStatus.Triaged, IncidentAction.Contain) => IncidentStatus.Contained,
        (IncidentStatus.Contained, IncidentAction.Recover) => IncidentStatus.Recovering,
        (IncidentStatus.Contained or IncidentStatus.Recovering, IncidentAction.Resolve) => IncidentStatus.Resolved,
        (IncidentStatus.Resolved, IncidentAction.Review) => IncidentStatus.Reviewed,
        ( >= IncidentStatus.Triaged, IncidentAction.Close) => IncidentStatus.Closed,
        _ => null,
    };
}
