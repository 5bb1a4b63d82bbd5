namespace JamEmr.Engine;

/// <summary>Subscribing with a function for events one by one.</summary>
public static class AsyncObservableExtensions
{
    /// <summary>Attaches the functions to the calling grain's subscription.</summary>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncObservable<T> obs,
        Func<T, StreamSequenceToken, Task> onNextAsync, Func<Exception, Task> onErrorAsync, Func<Task> onCompletedAsync)
    {
        ArgumentNullException.ThrowIfNull(obs);
        return obs.SubscribeAsync(new DelegateObserver<T>(onNextAsync, onErrorAsync, onCompletedAsync));
    }

    /// <inheritdoc cref="SubscribeAsync{T}(IAsyncObservable{T}, Func{T, StreamSequenceToken, Task}, Func{Exception, Task}, Func{Task})"/>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncObservable<T> obs,
        Func<T, StreamSequenceToken, Task> onNextAsync, Func<Exception, Task> onErrorAsync) =>
        SubscribeAsync(obs, onNextAsync, onErrorAsync, Ignore.Completion);

    /// <inheritdoc cref="SubscribeAsync{T}(IAsyncObservable{T}, Func{T, StreamSequenceToken, Task}, Func{Exception, Task}, Func{Task})"/>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncObservable<T> obs,
        Func<T, StreamSequenceToken, Task> onNextAsync, Func<Task> onCompletedAsync) =>
        SubscribeAsync(obs, onNextAsync, Ignore.Error, onCompletedAsync);

    /// <inheritdoc cref="SubscribeAsync{T}(IAsyncObservable{T}, Func{T, StreamSequenceToken, Task}, Func{Exception, Task}, Func{Task})"/>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncObservable<T> obs,
        Func<T, StreamSequenceToken, Task> onNextAsync) =>
        SubscribeAsync(obs, onNextAsync, Ignore.Error, Ignore.Completion);
}

/// <summary>Subscribing with a function for events in batches.</summary>
public static class AsyncBatchObservableExtensions
{
    /// <summary>Attaches the functions to the calling grain's subscription.</summary>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncBatchObservable<T> obs,
        Func<IList<SequentialItem<T>>, Task> onNextAsync, Func<Exception, Task> onErrorAsync, Func<Task> onCompletedAsync)
    {
        ArgumentNullException.ThrowIfNull(obs);
        return obs.SubscribeAsync(new DelegateBatchObserver<T>(onNextAsync, onErrorAsync, onCompletedAsync));
    }

    /// <inheritdoc cref="SubscribeAsync{T}(IAsyncBatchObservable{T}, Func{IList{SequentialItem{T}}, Task}, Func{Exception, Task}, Func{Task})"/>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncBatchObservable<T> obs,
        Func<IList<SequentialItem<T>>, Task> onNextAsync, Func<Exception, Task> onErrorAsync) =>
        SubscribeAsync(obs, onNextAsync, onErrorAsync, Ignore.Completion);

    /// <inheritdoc cref="SubscribeAsync{T}(IAsyncBatchObservable{T}, Func{IList{SequentialItem{T}}, Task}, Func{Exception, Task}, Func{Task})"/>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncBatchObservable<T> obs,
        Func<IList<SequentialItem<T>>, Task> onNextAsync, Func<Task> onCompletedAsync) =>
        SubscribeAsync(obs, onNextAsync, Ignore.Error, onCompletedAsync);

    /// <inheritdoc cref="SubscribeAsync{T}(IAsyncBatchObservable{T}, Func{IList{SequentialItem{T}}, Task}, Func{Exception, Task}, Func{Task})"/>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncBatchObservable<T> obs,
        Func<IList<SequentialItem<T>>, Task> onNextAsync) =>
        SubscribeAsync(obs, onNextAsync, Ignore.Error, Ignore.Completion);
}

internal static class Ignore
{
    public static readonly Func<Exception, Task> Error = static _ => Task.CompletedTask;

    public static readonly Func<Task> Completion = static () => Task.CompletedTask;
}

internal sealed class DelegateObserver<T>(Func<T, StreamSequenceToken, Task> onNext, Func<Exception, Task> onError, Func<Task> onCompleted)
    : IAsyncObserver<T>
{
    private readonly Func<T, StreamSequenceToken, Task> _onNext = onNext ?? throw new ArgumentNullException(nameof(onNext));
    private readonly Func<Exception, Task> _onError = onError ?? throw new ArgumentNullException(nameof(onError));
    private readonly Func<Task> _onCompleted = onCompleted ?? throw new ArgumentNullException(nameof(onCompleted));

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) => _onNext(item, token!);

    public Task OnCompletedAsync() => _onCompleted();

    public Task OnErrorAsync(Exception ex) => _onError(ex);
}

internal sealed class DelegateBatchObserver<T>(Func<IList<SequentialItem<T>>, Task> onNext, Func<Exception, Task> onError, Func<Task> onCompleted)
    : IAsyncBatchObserver<T>
{
    private readonly Func<IList<SequentialItem<T>>, Task> _onNext = onNext ?? throw new ArgumentNullException(nameof(onNext));
    private readonly Func<Exception, Task> _onError = onError ?? throw new ArgumentNullException(nameof(onError));
    private readonly Func<Task> _onCompleted = onCompleted ?? throw new ArgumentNullException(nameof(onCompleted));

    public Task OnNextAsync(IList<SequentialItem<T>> items) => _onNext(items);

    public Task OnCompletedAsync() => _onCompleted();

    public Task OnErrorAsync(Exception ex) => _onError(ex);
}
