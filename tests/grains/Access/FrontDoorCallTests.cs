using System.Collections.Concurrent;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tests.Grains.Identity;
using JamEmr.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Tests.Grains.Access;

/// <summary>Calls of a front door that is a process of its own: what its word is worth, and what finding that out costs.</summary>
public sealed partial class FrontDoorCallTests : IAsyncLifetime
{
    private const string NobodyLogged = " 2102:";
    private readonly Watch _watch = new();
    private GrainHost? _host;
    private TestPractice? _practice;
    private Guid? _owner;

    private GrainHost Host => _host ?? throw new InvalidOperationException("The host has not started.");

    private TestPractice Practice => _practice ?? throw new InvalidOperationException("The host has not started.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _host = await GrainHost.StartAsync(services => services
            .AddSingleton<IFrontDoors>(_watch)
            .AddSingleton<IStateFence>(_watch)
            .AddSingleton<IIncomingGrainCallFilter>(_watch));
        _practice = await _host.FoundPracticeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_signed_in_person_When_a_front_door_calls_for_them_Then_one_grain_is_asked_once_about_them()
    {
        var person = await SignInAsync();

        await _watch.OfAsync(() => person.CallAsync("practice", (IPracticeGrain g) => g.GetAsync()));

        Assert.Equal(["IUserSessionGrain.StandingAsync", "IPracticeGrain.GetAsync"], _watch.Calls);
        Assert.Equal(["UserSessionGrain", "PracticeGrain"], _watch.Looks);
    }

    [Fact]
    public async Task Given_a_session_When_a_front_door_calls_it_for_its_own_person_Then_it_sends_itself_no_message()
    {
        var person = await SignInAsync();

        await _watch.OfAsync(() => person.CallKeyAsync(SessionOf(person), (IUserSessionGrain g) => g.GetAsync()));

        Assert.Equal(["IUserSessionGrain.GetAsync"], _watch.Calls);
        Assert.Equal(["UserSessionGrain"], _watch.Looks);
        var forged = new Actor(Host, person.Caller with { Roles = [Role.SecurityOfficer] });
        _watch.IsOn = true;
        await forged.RefusedKeyAsync(ErrorCode.Unauthenticated, SessionOf(person), (IUserSessionGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_program_with_a_parent_When_a_front_door_calls_for_it_Then_each_of_the_two_is_asked_once()
    {
        var (parent, _) = await RegisterAsync(null);
        var (_, program) = await RegisterAsync(parent);

        await _watch.OfAsync(() => program.CallAsync("practice", (IPracticeGrain g) => g.GetAsync()));

        Assert.Equal(["IApiTokenGrain.StandingAsync", "IApiTokenGrain.IsCutOffAsync", "IPracticeGrain.GetAsync"], _watch.Calls);
        Assert.Equal(["ApiTokenGrain", "ApiTokenGrain", "PracticeGrain"], _watch.Looks);
    }

    [Fact]
    public async Task Given_a_call_under_way_When_its_grain_calls_another_for_the_person_Then_it_is_asked_again_whether_they_are_cut_off()
    {
        var person = await SignInAsync();
        var account = GrainKeys.Of(Practice.Id, person.Caller.ActorId);

        await _watch.OfAsync(() => person.CallAsync("messenger", (IMessengerGrain g) => g.UserAsync(account)));
        Assert.Equal(
            ["IUserSessionGrain.StandingAsync", "IMessengerGrain.UserAsync", "IUserSessionGrain.IsCutOffAsync", "IUserGrain.GetAsync"], _watch.Calls);

        var refused = _watch.OfAsync(() => person.CallAsync("messenger", (IMessengerGrain g) => g.UserAfterEndAsync(SessionOf(person), account)));
        Assert.Equal(ErrorCode.Unauthenticated, (await Assert.ThrowsAsync<DomainException>(() => refused)).Code);
        Assert.DoesNotContain("IUserGrain.GetAsync", _watch.Calls);
    }

    [Fact]
    public async Task Given_a_session_that_ended_When_a_front_door_still_calls_for_its_person_Then_it_is_cut_off_and_on_their_practices_log()
    {
        var person = await SignInAsync();
        await person.CallKeyAsync(SessionOf(person), (IUserSessionGrain g) => g.EndAsync());

        await RefusedAsync(person.Again(), "cut_off", isKnown: true);
    }

    [Fact]
    public async Task Given_a_locked_session_When_a_front_door_calls_for_its_person_Then_it_opens_nothing_but_its_own_unlocking()
    {
        var person = await SignInAsync();
        await person.CallKeyAsync(SessionOf(person), (IUserSessionGrain g) => g.LockAsync());

        await RefusedAsync(person.Again(), "cut_off", isKnown: true);
        await person.CallKeyAsync(SessionOf(person), (IUserSessionGrain g) => g.UnlockAsync(TestPractice.Password));

        _watch.IsOn = true;
        Assert.Equal(Practice.Id, (await person.CallAsync("practice", (IPracticeGrain g) => g.GetAsync())).Id);
    }

    [Fact]
    public async Task Given_a_locked_session_When_its_person_calls_another_of_their_sessions_Then_they_are_cut_off()
    {
        var person = await SignInAsync();
        var other = await Host.ActorAsync(await Host.SignInAsync(Practice, "office"));
        await person.CallKeyAsync(SessionOf(person), (IUserSessionGrain g) => g.LockAsync());

        foreach (var isOn in new[] { true, false })
        {
            _watch.IsOn = isOn;
            await person.RefusedKeyAsync(ErrorCode.Unauthenticated, SessionOf(other), (IUserSessionGrain g) => g.EndAsync());
        }

        await other.CallKeyAsync(SessionOf(other), (IUserSessionGrain g) => g.GetAsync());
    }

    [Fact]
    public async Task Given_a_token_whose_parent_was_revoked_When_a_front_door_still_calls_for_it_Then_it_is_cut_off()
    {
        var (parent, _) = await RegisterAsync(null);
        var (_, program) = await RegisterAsync(parent);
        await Practice.As(Role.SecurityOfficer).CallAsync(parent, (IApiTokenGrain g) => g.RevokeAsync());

        await RefusedAsync(program.Again(), "cut_off", isKnown: true);
    }

    [Fact]
    public async Task Given_callers_whom_nobody_established_When_a_front_door_calls_for_them_Then_they_are_nobody_and_no_practices_log_names_them()
    {
        var other = await Host.FoundPracticeAsync();
        var person = (await SignInAsync()).Caller;
        var again = (await Host.ActorAsync(await Host.SignInAsync(Practice, "office"))).Caller;
        var (_, program) = await RegisterAsync(null);
        var (_, another) = await RegisterAsync(null);
        Caller[] claims =
        [
            person with { Proof = null },
            person with { Proof = "" },
            person with { Proof = again.Proof },
            person with { Baa = BaaStatus.InForce },
            program.Caller with { Proof = null },
            program.Caller with { Proof = another.Caller.Proof },
            program.Caller with { Baa = BaaStatus.InForce },
            person with { Roles = [Role.Administrative, Role.SecurityOfficer] },
            person with { ActorId = Practice.NewId() },
            person with { SessionId = Practice.NewId() },
            person with { SessionId = null },
            person with { Practice = other.Id },
            person with { Kind = ActorKind.Anonymous },
            person with { Kind = ActorKind.System },
            program.Caller with { ActorId = Practice.NewId() },
            program.Caller with { Scopes = ["system/*.cruds"] },
            Caller.Host("test"),
        ];

        foreach (var claim in claims)
        {
            var claimant = new Actor(Host, claim with { CorrelationId = TestPractice.NewCorrelation() });
            await RefusedAsync(claimant, "not_signed_in", isKnown: false);
            Assert.Empty(await new Actor(Host, claimant.Caller with { Practice = Practice.Id }).TrailAsync());
            Assert.Empty(await new Actor(Host, claimant.Caller with { Practice = other.Id }).TrailAsync());
        }

        Assert.Contains(Host.Logs.All, line => line.Contains(NobodyLogged, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_the_host_itself_When_a_front_door_calls_for_it_Then_the_set_up_code_is_all_it_gets()
    {
        _watch.IsOn = true;
        var host = new Actor(Host, Caller.Host("test"));

        Assert.NotNull(await host.CallSystemAsync("setup", (ISetupGrain g) => g.IssueCodeAsync(SetupCodeWish.Another, "test")));
        await host.RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.OfSystem("further-practice"), (IFurtherPracticeGrain g) => g.IssueCodeAsync("test"));
        await host.RefusedKeyAsync(ErrorCode.Forbidden, GrainKeys.OfSystem("setup"), (ISetupGrain g) => g.IssueFurtherCodeAsync("test"));
        await host.RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.Of(Practice.Id, "practice"), (IPracticeGrain g) => g.GetAsync());
    }

    private static string SessionOf(Actor person) => GrainKeys.Of(person.Practice, person.Caller.SessionId!.Value);

    // What is asked of the practice is what every role may read: the caller's standing decides.
    private async Task RefusedAsync(Actor claimant, string reason, bool isKnown)
    {
        _watch.IsOn = true;
        await claimant.RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.Of(Practice.Id, "practice"), (IPracticeGrain g) => g.GetAsync());
        _watch.IsOn = false;
        var record = isKnown
            ? await claimant.OnlyRecordAsync()
            : await Host.Ledger.ArrivalAsync(GrainKeys.System, r => r.CorrelationId == claimant.Caller.CorrelationId);
        Assert.Equal((AuditEvents.AccessRefused.Code, reason), (record.Event, record.Reason));
        Assert.Equal(isKnown ? claimant.Caller.ActorId : Guid.Empty, record.ActorId);
    }

    private async Task<Actor> SignInAsync()
    {
        await Practice.CreateAsync("office", Role.Administrative);
        return await Host.ActorAsync(await Host.SignInAsync(Practice, "office"));
    }

    private async Task<(Guid Id, Actor Program)> RegisterAsync(Guid? parent)
    {
        var (id, program, _) = await RegisterWithSecretAsync(parent);
        return (id, program);
    }

    private async Task<(Guid Id, Actor Program, string Secret)> RegisterWithSecretAsync(Guid? parent)
    {
        _owner ??= (await Practice.CreateAsync("owner", Role.FrontDesk)).Id;
        var command = new RegisterToken("Practice's name for a website", Role.FrontDesk, ["system/Organization.r"], 30, Sandbox: true, Parent: parent);
        var token = await Practice.As(_owner.Value, Role.Administrative).Reauthenticated().CallAsync(Practice.NewId(), (IApiTokenGrain g) => g.RegisterAsync(command));
        return (token.Token.Id, new Actor(Host, await Host.PresentAsync(token.Secret) with { CorrelationId = TestPractice.NewCorrelation() }), token.Secret);
    }

    /// <summary>While it is on, every call from outside the grains is a front door's; of those it keeps what is called and what is looked up in the store.</summary>
    private sealed class Watch : IFrontDoors, IStateFence, IIncomingGrainCallFilter
    {
        private readonly ConcurrentQueue<string> _calls = new();
        private readonly ConcurrentQueue<string> _looks = new();

        public bool IsOn { get; set; }

        public IEnumerable<string> Calls => _calls;

        public IEnumerable<string> Looks => _looks;

        public async Task OfAsync(Func<Task> work)
        {
            _calls.Clear();
            _looks.Clear();
            IsOn = true;
            try
            {
                await work();
            }
            finally
            {
                IsOn = false;
            }
        }

        public bool HasSent(IIncomingGrainCallContext context) =>
            IsOn && (context.SourceId is not { } source || source.Type.ToString()!.StartsWith("sys.client", StringComparison.Ordinal));

        public Task<bool> IsStoredAsync(Grain grain, string stateName, string? etag)
        {
            if (IsOn) _looks.Enqueue(grain.GetType().Name);
            return Task.FromResult(true);
        }

        public Task Invoke(IIncomingGrainCallContext context)
        {
            var method = context.InterfaceMethod;
            var isOurs = method.DeclaringType!.Assembly == typeof(IPracticeGrain).Assembly || method.DeclaringType == typeof(IMessengerGrain);
            if (IsOn && isOurs && !method.DeclaringType.Name.StartsWith("IAudit", StringComparison.Ordinal)) _calls.Enqueue($"{method.DeclaringType.Name}.{method.Name}");
            return context.Invoke();
        }
    }
}
