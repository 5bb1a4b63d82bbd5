using System.Globalization;
using Npgsql;

namespace JamEmr.Engine.Clustering.Storage;

/// <summary>
/// Asks the database which version of a state it holds. Questions that come while others are on their way are put together, so that a busy
/// silo asks less often than it is asked.
/// </summary>
/// <remarks>
/// Each question is answered by a statement that began after the question was put: it joins those that wait, and a statement takes along those that waited
/// before it was sent, never one that came later. PostgreSQL reads as of the statement's beginning (READ COMMITTED), so that a write acknowledged before the
/// question is seen: answers are linearizable, which a revocation hangs on.
/// </remarks>
public sealed class StateVersions : IAsyncDisposable
{
    // So many connections at most; what comes meanwhile waits and goes together.
    private const int MostReaders = 4;
    private const int MostAtOnce = 256;
    private const int Patience = 5;
    private const string One = "SELECT 1::bigint, version FROM jamemr_state WHERE service_id = $1 AND name = ($2)[1] AND key = ($3)[1]";
    private const string Many = """
        SELECT asked.number, state.version
        FROM unnest($2, $3) WITH ORDINALITY AS asked (name, key, number)
        JOIN jamemr_state state ON state.service_id = $1 AND state.name = asked.name AND state.key = asked.key
        """;

    private readonly NpgsqlDataSource _database;
    private readonly string _service;
    private readonly Lock _gate = new();
    private readonly List<Question> _waiting = [];
    private int _readers;

    internal StateVersions(string connection, string service) =>
        (_database, _service) = (NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = MostReaders, CommandTimeout = Patience }), service);

    /// <summary>The etag of the stored state; null where nothing is stored.</summary>
    /// <param name="grain">Whose state.</param>
    /// <param name="stateName">Its name within the grain.</param>
    /// <exception cref="NpgsqlException">The database did not answer.</exception>
    public Task<string?> FindAsync(GrainId grain, string stateName)
    {
        var question = new Question(SealedGrainStorage.RowName(grain, stateName), grain.Key.ToString()!);
        lock (_gate)
        {
            _waiting.Add(question);
            if (_readers == MostReaders) return question.Answered;
            _readers++;
        }

        _ = ReadAsync();
        return question.Answered;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task ReadAsync()
    {
        while (Take() is { } questions)
        {
            try
            {
                // Not on the scheduler of the activation that happened to ask.
                await AnswerAsync(questions).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                foreach (var question in questions) question.Fail(e);
            }
        }
    }

    private List<Question>? Take()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _readers--;
                return null;
            }

            var taken = _waiting.GetRange(0, Math.Min(_waiting.Count, MostAtOnce));
            _waiting.RemoveRange(0, taken.Count);
            return taken;
        }
    }

    private async Task AnswerAsync(List<Question> questions)
    {
        var versions = new string?[questions.Count];
        var connection = await _database.OpenConnectionAsync().ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var command = new NpgsqlCommand(questions.Count == 1 ? One : Many, connection);
        await using var ending = command.ConfigureAwait(false);
        command.Parameters.Add(new() { Value = _service });
        command.Parameters.Add(new() { Value = questions.ConvertAll(q => q.Name) });
        command.Parameters.Add(new() { Value = questions.ConvertAll(q => q.Key) });
        // Once for each connection.
        await command.PrepareAsync().ConfigureAwait(false);
        var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync().ConfigureAwait(false))
                versions[rows.GetInt64(0) - 1] = rows.GetInt32(1).ToString(CultureInfo.InvariantCulture);
        }

        for (var i = 0; i < versions.Length; i++) questions[i].Answer(versions[i]);
    }

    private sealed class Question(string name, string key)
    {
        private readonly TaskCompletionSource<string?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => name;

        public string Key => key;

        public Task<string?> Answered => _answer.Task;

        public void Answer(string? version) => _answer.SetResult(version);

        public void Fail(Exception why) => _answer.SetException(why);
    }
}
