using System.Collections.Concurrent;
using JamEmr.Scribe.Conversations;
using JamEmr.Scribe.Drafting;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>How many silos of a cluster draft, and a drafter on each that tells where it was asked.</summary>
internal sealed class InferringSilos(int count)
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _configured;

    /// <summary>The silos that drafted, in order.</summary>
    public ConcurrentQueue<SiloAddress> Places { get; } = new();

    /// <summary>Whether a draft goes on until it is cancelled.</summary>
    public bool Blocks { get; set; }

    /// <summary>A draft that goes on until it is cancelled has begun.</summary>
    public Task Started => _started.Task;

    /// <summary>It was cancelled.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Whether the next silo that is configured is one of them.</summary>
    public bool TakesNext() => Interlocked.Increment(ref _configured) <= count;

    /// <summary>The drafter of one silo.</summary>
    public INoteDrafter DrafterOf(IServiceProvider silo) => new Drafter(this, silo.GetRequiredService<ILocalSiloDetails>().SiloAddress);

    private sealed class Drafter(InferringSilos all, SiloAddress silo) : INoteDrafter
    {
        public string ModelId => "test-1";

        public string ModelHash => new('0', 64);

        public async ValueTask<IReadOnlyList<DraftedNote>> DraftAsync(IReadOnlyList<Conversation> batch, CancellationToken cancellationToken)
        {
            all.Places.Enqueue(silo);
            if (all.Blocks)
            {
                all._started.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }
                finally
                {
                    all._stopped.TrySetResult();
                }
            }

            return [.. batch.Select(c => new DraftedNote(c.Id, [new DraftedSentence(NoteSection.Subjective, "It hurts.", [1], true, null)]))];
        }
    }
}
