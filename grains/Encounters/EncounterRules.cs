using System.Collections.Immutable;
using System.Globalization;
using JamEmr.Access;
using JamEmr.Common;
using JamEmr.Errors;

namespace JamEmr.Encounters;

/// <summary>What may happen to an encounter up to its note.</summary>
internal static class EncounterRules
{
    /// <summary>The most turns of one call.</summary>
    public const int MaxTurnsPerCall = 200;

    /// <summary>The most turns of a visit.</summary>
    public const int MaxTurns = 5000;

    /// <summary>The most characters of a transcript: some two hours of talk without a pause. It bounds what one draft can cost the pool.</summary>
    public const int MaxCharacters = 120_000;

    /// <summary>The longest visit.</summary>
    public static readonly TimeSpan MaxLength = TimeSpan.FromHours(24);

    /// <summary>A new encounter of the calling person.</summary>
    public static EncounterState Open(Guid id, OpenEncounter command, string commandHash, Caller caller, DateTimeOffset now)
    {
        if (caller.Kind != ActorKind.User)
            throw new DomainException(ErrorCode.Forbidden, "Only a person can open an encounter, since a person answers for its note.");
        var record = new EncounterRecord(
            id, command.Patient, caller.ActorId, command.Appointment, EncounterStatus.InProgress, null, 0, 0, now, 1);
        return new EncounterState(record, commandHash, [], [], null, [], []);
    }

    /// <summary>With the patient's answer; null when it is the one on record. A patient may withdraw consent, or give it after all, as long
    /// as the conversation goes on.</summary>
    public static EncounterState? Consent(EncounterState state, RecordConsent asked, Guid by, DateTimeOffset now)
    {
        Check.Defined(asked.Method, "/method");
        if (state.Record.Consent is { } known && known.Granted == asked.Granted && known.Method == asked.Method) return null;
        RequireInProgress(state.Record.Status, "The conversation has ended: consent can no longer be changed here.");
        return state with
        {
            Record = Next(state.Record) with { Consent = new ConsentRecord(asked.Granted, asked.Method, now, by) },
        };
    }

    /// <summary>Turns that are new, in their normal form; empty when all are there already.</summary>
    public static ImmutableArray<Turn> NewTurns(EncounterState state, ImmutableArray<Turn> asked)
    {
        if (asked.IsDefaultOrEmpty || asked.Length > MaxTurnsPerCall)
            throw Check.Invalid("/turns", string.Create(CultureInfo.InvariantCulture, $"Send 1 to {MaxTurnsPerCall} turns at a time."));
        var turns = asked.Select(Normalize).ToImmutableArray();
        RequireContiguous(turns, state.Turns.Length);
        RequireConsent(state.Record);
        var known = Math.Min(turns.Length, state.Turns.Length - turns[0].Number + 1);
        for (var i = 0; i < known; i++)
        {
            if (turns[i] != state.Turns[turns[i].Number - 1])
            {
                throw new DomainException(
                    ErrorCode.Conflict,
                    string.Create(CultureInfo.InvariantCulture, $"Turn {turns[i].Number} is on record with other content. What was said is not changed."),
                    Pointer(i, "number"));
            }
        }

        var added = turns.Slice(known, turns.Length - known);
        if (added.IsEmpty) return added;
        RequireInProgress(state.Record.Status, "A note has been drafted from this conversation: no turns can be added.");
        if (state.Turns.Length + added.Length > MaxTurns)
            throw new DomainException(ErrorCode.Conflict, string.Create(CultureInfo.InvariantCulture, $"A visit holds at most {MaxTurns} turns."));
        if (state.Turns.Sum(t => t.Text.Length) + added.Sum(t => t.Text.Length) > MaxCharacters)
        {
            throw new DomainException(
                ErrorCode.Conflict,
                string.Create(CultureInfo.InvariantCulture, $"A visit holds at most {MaxCharacters} characters. Draft from what is there, or open another encounter."));
        }

        return added;
    }

    /// <summary>With turns added.</summary>
    public static EncounterState Append(EncounterState state, ImmutableArray<Turn> added) => state with
    {
        Turns = state.Turns.AddRange(added),
        Record = Next(state.Record) with { TurnCount = state.Turns.Length + added.Length },
    };

    /// <summary>Whether the conversation may be heard and drafted from.</summary>
    public static void RequireConsent(EncounterRecord record)
    {
        if (record.Consent is not { Granted: true })
        {
            throw new DomainException(
                ErrorCode.ConsentRequired,
                record.Consent is null
                    ? "Record the patient's consent first."
                    : "The patient did not consent: nothing may be recorded or drafted.");
        }
    }

    /// <summary>The record one change later.</summary>
    public static EncounterRecord Next(EncounterRecord record) => record with { Version = record.Version + 1 };

    private static void RequireInProgress(EncounterStatus status, string message)
    {
        if (status is EncounterStatus.Signed or EncounterStatus.Addended) throw NoteRules.Signed();
        if (status != EncounterStatus.InProgress) throw new DomainException(ErrorCode.Conflict, message);
    }

    private static Turn Normalize(Turn? turn, int index)
    {
        if (turn is null) throw Check.Invalid(string.Create(CultureInfo.InvariantCulture, $"/turns/{index}"), "This field is required.");
        Check.Defined(turn.Speaker, Pointer(index, "speaker"));
        if (turn.Start < TimeSpan.Zero || turn.Start > MaxLength)
            throw Check.Invalid(Pointer(index, "start"), "A turn starts between the start of the visit and 24 hours later.");
        if (turn.End < turn.Start || turn.End > MaxLength)
            throw Check.Invalid(Pointer(index, "end"), "A turn ends after it starts and within 24 hours.");
        return turn with { Text = Check.Text(turn.Text, Pointer(index, "text"), 1, 4000) };
    }

    private static void RequireContiguous(ImmutableArray<Turn> turns, int onRecord)
    {
        if (turns[0].Number < 1 || turns[0].Number > onRecord + 1)
        {
            throw Check.Invalid(
                Pointer(0, "number"), string.Create(CultureInfo.InvariantCulture, $"The next turn has number {onRecord + 1}."));
        }

        for (var i = 1; i < turns.Length; i++)
        {
            if (turns[i].Number != turns[0].Number + i)
                throw Check.Invalid(Pointer(i, "number"), "Turn numbers run without gaps.");
        }
    }

    private static string Pointer(int index, string field) => string.Create(CultureInfo.InvariantCulture, $"/turns/{index}/{field}");
}
