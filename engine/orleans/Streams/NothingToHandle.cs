namespace JamEmr.Engine.Clustering.Streams;

/// <summary>What happens to events that could not be delivered: nothing here, because <see cref="SubscriberCursor"/> hands them out again.</summary>
internal sealed class NothingToHandle : IStreamFailureHandler
{
    /// <inheritdoc/>
    public bool ShouldFaultSubsriptionOnError => false;

    /// <inheritdoc/>
    public Task OnDeliveryFailure(GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken sequenceToken) =>
        Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnSubscriptionFailure(GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken sequenceToken) =>
        Task.CompletedTask;
}
