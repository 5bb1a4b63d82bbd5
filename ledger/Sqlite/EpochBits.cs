using System.Numerics;

namespace JamEmr.Ledger.Sqlite;

/// <summary>A set of the entries of one epoch, by their position in it.</summary>
internal sealed class EpochBits
{
    private const int WordBits = 64;

    private readonly ulong[] _words = new ulong[Schema.Epoch / WordBits];

    public bool Any => _words.AsSpan().ContainsAnyExcept(0UL);

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in _words) count += BitOperations.PopCount(word);
            return count;
        }
    }

    public bool this[int position] => (_words[position / WordBits] >> (position % WordBits) & 1) != 0;

    public void Clear() => _words.AsSpan().Clear();

    public void Add(int position) => _words[position / WordBits] |= 1UL << (position % WordBits);

    public void Remove(int position) => _words[position / WordBits] &= ~(1UL << (position % WordBits));

    /// <summary>Leaves only what the other has too.</summary>
    public void And(EpochBits other)
    {
        for (var i = 0; i < _words.Length; i++) _words[i] &= other._words[i];
    }

    /// <summary>The entries from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public void SetRange(int from, int to)
    {
        Clear();
        for (var i = from / WordBits; i * WordBits < to; i++)
        {
            var word = ulong.MaxValue;
            if (i * WordBits < from) word &= ulong.MaxValue << (from % WordBits);
            if ((i + 1) * WordBits > to) word &= ulong.MaxValue >> (WordBits - to % WordBits);
            _words[i] = word;
        }
    }

    /// <summary>Leaves only the entries from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public void Keep(int from, int to)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            var first = i * WordBits;
            if (first + WordBits <= from || first >= to)
            {
                _words[i] = 0;
                continue;
            }

            if (first < from) _words[i] &= ulong.MaxValue << (from - first);
            if (first + WordBits > to) _words[i] &= ulong.MaxValue >> (first + WordBits - to);
        }
    }

    /// <summary>The first position from <paramref name="position"/> on, or -1.</summary>
    public int Next(int position)
    {
        if (position >= Schema.Epoch) return -1;
        var i = position / WordBits;
        var word = _words[i] & (ulong.MaxValue << (position % WordBits));
        while (word == 0)
        {
            if (++i == _words.Length) return -1;
            word = _words[i];
        }

        return i * WordBits + BitOperations.TrailingZeroCount(word);
    }

    /// <summary>The last position up to and including <paramref name="position"/>, or -1.</summary>
    public int Previous(int position)
    {
        if (position < 0) return -1;
        var i = position / WordBits;
        var word = _words[i] & (ulong.MaxValue >> (WordBits - 1 - position % WordBits));
        while (word == 0)
        {
            if (--i < 0) return -1;
            word = _words[i];
        }

        return i * WordBits + WordBits - 1 - BitOperations.LeadingZeroCount(word);
    }

    /// <summary>The positions, in one direction or the other.</summary>
    public IEnumerable<int> Positions(bool ascending)
    {
        if (ascending)
        {
            for (var at = Next(0); at >= 0; at = Next(at + 1)) yield return at;
        }
        else
        {
            for (var at = Previous(Schema.Epoch - 1); at >= 0; at = Previous(at - 1)) yield return at;
        }
    }

    /// <summary>Sets the 32 positions from 32 × <paramref name="group"/> on.</summary>
    public void SetGroup(int group, uint bits)
    {
        var shift = (group & 1) * 32;
        ref var word = ref _words[group >> 1];
        word = (word & ~((ulong)uint.MaxValue << shift)) | ((ulong)bits << shift);
    }
}
