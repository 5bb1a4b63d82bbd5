namespace JamEmr.Engine.Storage.Writing;

/// <summary>Inserts or replaces a reminder.</summary>
internal sealed class WriteReminder(GrainId grain, string name, DateTimeOffset due, TimeSpan period) : WriteOperation<StoredReminder>
{
    public override string Kind => "write-reminder";

    protected override StoredReminder Execute(WriterSession session)
    {
        var version = Versions.First();
        session.Reminders.Upsert(grain, name, due, period, version);
        return new StoredReminder(grain, name, due.ToUniversalTime(), due.ToUniversalTime(), period, Versions.ToEtag(version));
    }
}

/// <summary>Moves the due time of a reminder that is still the one that ticked. Losing it to a crash means one more tick,
/// which reminders may have, so it can wait for company.</summary>
internal sealed class AdvanceReminder(StoredReminder reminder, DateTimeOffset due) : WriteOperation<bool>
{
    public override string Kind => "advance-reminder";

    public override bool CanWait => true;

    protected override bool Execute(WriterSession session) => session.Reminders.Advance(reminder, due);
}

/// <summary>Removes a reminder.</summary>
internal sealed class DeleteReminder(GrainId grain, string name) : WriteOperation<bool>
{
    public override string Kind => "delete-reminder";

    protected override bool Execute(WriterSession session) => session.Reminders.Delete(grain, name);
}
