namespace JamEmr.Ledger;

/// <summary>A checkpoint as it was signed or co-signed.</summary>
/// <param name="Size">Records of the tree.</param>
/// <param name="Time">When it was signed.</param>
/// <param name="Witness">The name of the witness whose signature it carries beside the log's; null for the log's own.</param>
/// <param name="Note">The whole signed note (C2SP signed-note), as text.</param>
public sealed record StoredCheckpoint(long Size, DateTimeOffset Time, string? Witness, string Note)
{
    /// <exception cref="ArgumentException">Something in it is out of bounds.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Size);
        if (Note.Length is 0 or > LedgerRecord.MaxBytes) throw new ArgumentException($"A checkpoint's note has 1 to {LedgerRecord.MaxBytes} characters.");
        if (Witness?.Length is 0 or > LedgerColumns.MaxLength) throw new ArgumentException($"A witness's name has 1 to {LedgerColumns.MaxLength} characters.");
    }
}
