namespace JamEmr.Ledger.Sqlite;

/// <summary>
/// The entries that meet a question's conditions, epoch by epoch in one direction of the log, for what has to go over them more than once:
/// each epoch is matched when it is first come to, and remembered with a bit for each entry.
/// </summary>
internal sealed class MatchedEpochs
{
    private readonly Matcher _matcher;
    private readonly bool _oldestFirst;
    private readonly long _size;
    private readonly long[] _candidates;
    private readonly List<(long Epoch, EpochBits Bits)> _matched = [];
    private int _looked;
    private long _sum;

    public MatchedEpochs(Matcher matcher, bool oldestFirst, long size)
    {
        (_matcher, _oldestFirst, _size) = (matcher, oldestFirst, size);
        _candidates = [.. matcher.Epochs(oldestFirst)];
    }

    /// <summary>Whether every entry meets the conditions.</summary>
    public bool IsAll => _matcher.IsOpen;

    /// <summary>How many epochs have any, judged by those that were looked at.</summary>
    public long LikelyEpochs => IsAll ? _candidates.Length : Likely(_matched.Count);

    /// <summary>How many entries there are, judged by the epochs that were looked at.</summary>
    public long LikelyTotal => IsAll ? _size : Likely(_sum);

    /// <summary>Whether there are no more than this many entries; looks no further than it takes to tell.</summary>
    public bool AreAtMost(long most)
    {
        if (IsAll) return _size <= most;
        while (_sum <= most && Advance())
        {
        }

        return _sum <= most;
    }

    /// <summary>The entries. The bits hold until the next epoch and are not to be changed.</summary>
    public IEnumerable<(long Epoch, EpochBits Bits)> Each()
    {
        if (!IsAll)
        {
            for (var i = 0; i < _matched.Count || Advance(); i++) yield return _matched[i];
            yield break;
        }

        var bits = new EpochBits();
        foreach (var epoch in _candidates)
        {
            if (_matcher.Match(epoch, bits)) yield return (epoch, bits);
        }
    }

    /// <summary>The places of the entries.</summary>
    public IEnumerable<long> Indexes() =>
        Each().SelectMany(epoch => epoch.Bits.Positions(_oldestFirst), (epoch, position) => epoch.Epoch * Schema.Epoch + position);

    private bool Advance()
    {
        var bits = new EpochBits();
        while (_looked < _candidates.Length)
        {
            var epoch = _candidates[_looked++];
            if (!_matcher.Match(epoch, bits)) continue;
            _matched.Add((epoch, bits));
            _sum += bits.Count;
            return true;
        }

        return false;
    }

    private long Likely(long seen) => _looked == 0 ? 0 : (long)Math.Ceiling((double)seen * _candidates.Length / _looked);
}
