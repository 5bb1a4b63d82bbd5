namespace JamEmr.Ledger.Sqlite;

/// <summary>Pages in the order of the log.</summary>
internal static class LogOrder
{
    /// <summary>The next entries that meet the conditions.</summary>
    /// <param name="matcher">The conditions.</param>
    /// <param name="oldestFirst">The direction.</param>
    /// <param name="after">The entry that the page before ended with.</param>
    /// <param name="need">Entries wanted.</param>
    /// <param name="narrow">A further condition, or null: leaves of an epoch's entries those that meet it.</param>
    public static List<long> Find(Matcher matcher, bool oldestFirst, long? after, int need, Action<long, EpochBits>? narrow = null)
    {
        var found = new List<long>(need);
        var bits = new EpochBits();
        foreach (var epoch in matcher.Epochs(oldestFirst))
        {
            var start = epoch * Schema.Epoch;
            if (after is { } end && (oldestFirst ? start + Schema.Epoch <= end + 1 : start >= end)) continue;
            if (!matcher.Match(epoch, bits)) continue;
            if (after is { } last) KeepAfter(bits, last - start, oldestFirst);
            narrow?.Invoke(epoch, bits);
            foreach (var position in bits.Positions(oldestFirst))
            {
                found.Add(start + position);
                if (found.Count == need) return found;
            }
        }

        return found;
    }

    /// <summary>Leaves the entries that come after a position, which may lie outside of the epoch.</summary>
    public static void KeepAfter(EpochBits bits, long position, bool oldestFirst)
    {
        if (oldestFirst) bits.Keep((int)Math.Clamp(position + 1, 0, Schema.Epoch), Schema.Epoch);
        else bits.Keep(0, (int)Math.Clamp(position, 0, Schema.Epoch));
    }
}
