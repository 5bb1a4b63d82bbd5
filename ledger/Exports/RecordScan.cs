using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace JamEmr.Ledger.Exports;

/// <summary>
/// Reads one record's bytes without making anything of them: that they are the JSON of a record and nothing else, that no field is missing,
/// unknown, repeated or of another kind, and what the record's id, time and event are. Allocates only for what is unusual.
/// </summary>
internal ref struct RecordScan
{
    private const int MaxDepth = 3;
    private const int InlineKeys = 32;

    // Names and values are read in any order; the order they are written in is tried first.
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow };

    private readonly ReadOnlySpan<byte> _json;
    private uint _seen;
    private bool _success;
    private KeySpans _keys;
    private int _keyCount;
    private HashSet<string>? _manyKeys;

    private RecordScan(ReadOnlySpan<byte> json) => _json = json;

    /// <summary>The record's id.</summary>
    public Guid Id { get; private set; }

    /// <summary>The record's time.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>Whether the format knows the event, and the record is not a reduced form of what it was.</summary>
    public bool EventKnown { get; private set; }

    /// <summary>What is wrong, or null: a sentence's end, such as "has no field 'actorId'".</summary>
    public string? Problem { get; private set; }

    /// <summary>What is wrong is that a field is missing.</summary>
    public bool FieldMissing { get; private set; }

    /// <summary>Reads a record.</summary>
    public static RecordScan Of(ReadOnlySpan<byte> json, RecordFormat format)
    {
        var scan = new RecordScan(json);
        if (!Utf8.IsValid(json)) scan.Problem = "is not valid UTF-8";
        else
        {
            try
            {
                scan.Problem = scan.Read(format);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // The latter for an escaped text that is no text, such as half of a surrogate pair.
                scan.Problem = "is not JSON as records are";
            }
        }

        return scan;
    }

    private string? Read(RecordFormat format)
    {
        var reader = new Utf8JsonReader(_json, Strict);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return "is not a JSON object";
        ReadOnlySpan<byte> code = default;
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(ref reader, next);
            if (field < 0) return "has a field that records do not have";
            if ((_seen & 1u << field) != 0) return $"has field '{RecordField.Name(field)}' twice";
            _seen |= 1u << field;
            next = field + 1;
            reader.Read();
            if (field == RecordField.Event) code = reader.ValueSpan;
            if (!IsKind(ref reader, field)) return $"has a field '{RecordField.Name(field)}' that is not as records have it";
        }

        // Refuses whatever comes after the object.
        if (reader.TokenType != JsonTokenType.EndObject || reader.Read()) return "is not one JSON object";
        return CheckRequired(format, code);
    }

    private static int FieldOf(ref Utf8JsonReader reader, int next)
    {
        if (reader.ValueIsEscaped) return -1;
        var name = reader.ValueSpan;
        var names = RecordField.Names.AsSpan();
        for (var field = next; field < names.Length; field++)
        {
            if (name.SequenceEqual(names[field])) return field;
        }

        for (var field = 0; field < Math.Min(next, names.Length); field++)
        {
            if (name.SequenceEqual(names[field])) return field;
        }

        return -1;
    }

    private bool IsKind(ref Utf8JsonReader reader, int field)
    {
        if (field == RecordField.Detail) return ReadDetail(ref reader);
        if (field == RecordField.Roles) return ReadTexts(ref reader);
        if (reader.TokenType != JsonTokenType.String) return false;
        switch (field)
        {
            case RecordField.Id:
                if (!reader.TryGetGuid(out var id)) return false;
                Id = id;
                return true;
            case RecordField.Time:
                if (!reader.TryGetDateTimeOffset(out var time)) return false;
                Time = time;
                return true;
            case RecordField.Outcome:
                _success = reader.ValueTextEquals("success"u8);
                return reader.ValueSpan.Length > 0;
            case RecordField.ActorId or RecordField.Patient or RecordField.SessionId:
                return reader.TryGetGuid(out _);
            case RecordField.Reason or RecordField.ContentHash:
                return reader.ValueSpan.Length > 0;
            default:
                return field != RecordField.Event || reader is { ValueIsEscaped: false, ValueSpan.Length: > 0 };
        }
    }

    private static bool ReadTexts(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
        }

        return reader.TokenType == JsonTokenType.EndArray;
    }

    private bool ReadDetail(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!AddKey(ref reader) || !reader.Read() || reader.TokenType != JsonTokenType.String) return false;
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    // A record with very many keys must not cost the square of them.
    private bool AddKey(ref Utf8JsonReader reader)
    {
        if (_manyKeys is not null) return _manyKeys.Add(reader.GetString()!);
        if (reader.ValueIsEscaped || _keyCount == InlineKeys)
        {
            _manyKeys = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < _keyCount; i++) _manyKeys.Add(Encoding.UTF8.GetString(Key(i)));
            return _manyKeys.Add(reader.GetString()!);
        }

        if (HasKey(reader.ValueSpan)) return false;
        _keys[_keyCount++] = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        return true;
    }

    private readonly bool HasKey(ReadOnlySpan<byte> key)
    {
        if (_manyKeys is not null) return _manyKeys.Contains(Encoding.UTF8.GetString(key));
        for (var i = 0; i < _keyCount; i++)
        {
            if (key.SequenceEqual(Key(i))) return true;
        }

        return false;
    }

    private readonly ReadOnlySpan<byte> Key(int number) => _json.Slice(_keys[number].Start, _keys[number].Length);

    private string? CheckRequired(RecordFormat format, ReadOnlySpan<byte> code)
    {
        var required = RecordField.Required;
        EventKnown = format.TryFind(code, out var rule);
        if (HasKey("reduced"u8) && HasKey("reduced_sha256"u8))
        {
            // What the event requires was replaced by its hash, where the ledger could not take the record as it was.
            (EventKnown, rule) = (false, null);
        }

        if (rule is not null) required |= _success ? rule.Fields : 1u << RecordField.Reason;
        if ((required & ~_seen) is not 0 and var missing)
        {
            FieldMissing = true;
            return $"has no field '{RecordField.Name(BitOperations.TrailingZeroCount(missing))}'";
        }

        if (rule is null || !_success) return null;
        foreach (var key in rule.Details)
        {
            if (HasKey(key)) continue;
            FieldMissing = true;
            return $"has no field 'detail.{Encoding.UTF8.GetString(key)}'";
        }

        return null;
    }

    [InlineArray(InlineKeys)]
    private struct KeySpans
    {
        private (int Start, int Length) _first;
    }
}
