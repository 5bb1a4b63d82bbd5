using JamEmr.Audit;
using JamEmr.Encounters;
using JamEmr.Errors;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Drafting;
using Microsoft.Extensions.DependencyInjection;
using ScribeSection = JamEmr.Scribe.Drafting.NoteSection;

namespace JamEmr.Tests.Grains.Encounters;

public sealed class DraftFaultTests
{
    [Fact]
    public async Task Given_a_draft_under_way_When_cancelled_Then_the_pool_stops_the_log_tells_it_and_the_conversation_is_as_before()
    {
        var drafter = new TestDrafter();
        await using var host = await GrainHost.StartAsync(drafter.Add);
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.VisitAsync("It hurts.");
        var clinician = clinic.Clinician;
        using var cancel = new CancellationTokenSource();
        drafter.Blocks = true;
        var drafting = clinician.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(cancel.Token));
        await drafter.Started.Soon();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drafting);
        await drafter.Stopped.Soon();

        drafter.Blocks = false;
        var note = await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        Assert.Equal(1, note.Version);
        var fact = await clinician.OnlyRecordAsync();
        Assert.Equal((AuditEvents.NoteDrafted.Code, AuditOutcome.Failed, "cancelled"), (fact.Event, fact.Outcome, fact.Reason));
    }

    [Fact]
    public async Task Given_a_draft_that_takes_too_long_When_its_time_is_over_Then_the_pool_stops_and_the_log_tells_it()
    {
        var drafter = new TestDrafter { Blocks = true };
        await using var host = await GrainHost.StartAsync(drafter.Add);
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.VisitAsync("It hurts.");
        var clinician = clinic.Clinician;
        var drafting = clinician.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        await drafter.Started.Soon();

        await host.PassUntilAsync(drafter.Stopped);

        await Assert.ThrowsAsync<TimeoutException>(() => drafting);
        var fact = await clinician.OnlyRecordAsync();
        Assert.Equal((AuditEvents.NoteDrafted.Code, AuditOutcome.Failed, "timeout"), (fact.Event, fact.Outcome, fact.Reason));
    }

    [Fact]
    public async Task Given_a_drafter_that_fails_When_drafted_Then_it_is_unavailable_on_the_log_and_no_word_is_logged()
    {
        var drafter = new TestDrafter { Fails = true };
        await using var host = await GrainHost.StartAsync(drafter.Add);
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.VisitAsync("It hurts at Plantedplace.");
        var clinician = clinic.Clinician;
        await clinician.RefusedAsync(ErrorCode.Unavailable, id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        var fact = await clinician.OnlyRecordAsync();
        Assert.Equal((AuditOutcome.Failed, "inference_failed"), (fact.Outcome, fact.Reason));
        Assert.DoesNotContain(host.Logs.All, line => line.Contains("Plantedplace", StringComparison.Ordinal));
        Assert.Equal(EncounterStatus.InProgress, (await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.GetAsync())).Status);
    }

    [Fact]
    public async Task Given_a_drafter_that_invents_When_drafted_Then_its_sentence_cannot_be_signed_until_a_person_takes_it_on()
    {
        var drafter = new TestDrafter { Writes = "Chest pain for nine years." };
        await using var host = await GrainHost.StartAsync(drafter.Add);
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.VisitAsync("It hurts.");
        var note = await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        Assert.False(Assert.Single(note.Sentences).Supported);
        var clinician = clinic.Clinician.Reauthenticated();
        var refusal = await clinician.RefusedAsync(ErrorCode.UnsupportedSentences, id, (IEncounterGrain g) => g.SignAsync(1));
        Assert.Contains(": 1.", refusal.Message, StringComparison.Ordinal);
        await clinician.RefusedAsync(AuditEvents.SignatureRefused, ErrorCode.UnsupportedSentences);
        await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.EditNoteAsync(Visit.Edit(new SentenceChange(1, "Pain.")), 1));
        await clinic.Clinician.Reauthenticated().CallAsync(id, (IEncounterGrain g) => g.SignAsync(2));
    }

    [Fact]
    public async Task Given_a_draft_stored_but_not_recorded_When_the_host_is_back_Then_the_note_is_there_and_recorded_once()
    {
        await using var host = await GrainHost.StartAsync();
        var clinic = await Clinic.FoundAsync(host);
        var id = await clinic.VisitAsync("I have had a headache for two days.");
        var clinician = clinic.Clinician;
        host.Publishing.Break(r => r.Event == AuditEvents.NoteDrafted.Code);
        await clinician.RefusedAsync(ErrorCode.Unavailable, id, (IEncounterGrain g) => g.DraftAsync(CancellationToken.None));
        await clinic.Clinician.RefusedAsync(ErrorCode.Unavailable, id, (IEncounterGrain g) => g.GetNoteAsync());
        host.Publishing.Mend();
        await host.RestartAsync();
        Assert.Equal(1, (await clinic.Clinician.CallAsync(id, (IEncounterGrain g) => g.GetNoteAsync())).Version);
        Assert.Single(await clinician.TrailAsync(), r => r.Event == AuditEvents.NoteDrafted.Code);
    }

    /// <summary>A drafter that does as told.</summary>
    private sealed class TestDrafter : INoteDrafter
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Blocks { get; set; }

        public bool Fails { get; init; }

        public string Writes { get; init; } = "It hurts.";

        public Task Started => _started.Task;

        public Task Stopped => _stopped.Task;

        public string ModelId => "test-1";

        public string ModelHash => new('0', 64);

        public void Add(IServiceCollection services) => services.AddSingleton<INoteDrafter>(this);

        public async ValueTask<IReadOnlyList<DraftedNote>> DraftAsync(IReadOnlyList<Conversation> batch, CancellationToken cancellationToken)
        {
            if (Fails) throw new InvalidDataException(batch[0].Turns[0].Text);
            if (Blocks)
            {
                _started.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
                finally
                {
                    _stopped.TrySetResult();
                }
            }

            return [.. batch.Select(c => new DraftedNote(c.Id, [new DraftedSentence(ScribeSection.Subjective, Writes, [1], true, null)]))];
        }
    }
}
