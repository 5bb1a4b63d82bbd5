namespace JamEmr.Ledger;

/// <summary>While it stands, nothing of a log goes to an archive.</summary>
/// <param name="Id">Given by whoever places it.</param>
/// <param name="Placed">When.</param>
/// <param name="Reason">A code or a reference such as a case number; never words about a patient.</param>
/// <param name="Lifted">When it was lifted; null while it stands.</param>
public sealed record LegalHold(Guid Id, DateTimeOffset Placed, string Reason, DateTimeOffset? Lifted = null)
{
    /// <exception cref="ArgumentException">The reason is out of bounds.</exception>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > LedgerColumns.MaxLength)
            throw new ArgumentException($"A hold's reason has 1 to {LedgerColumns.MaxLength} characters.");
    }
}

/// <summary>A hold stands, so the log is left as it is.</summary>
public sealed class LegalHoldException(string message) : Exception(message);
