using System.Text.Json;
using JamEmr.Common;
using JamEmr.Hosting;
using JamEmr.Identity;
using JamEmr.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamEmr.Tests.Grains.Identity;

/// <summary>What the ceremonies take and refuse, with an authenticator in software and no engine.</summary>
public sealed class PasskeyCeremonyTests : IDisposable
{
    private static readonly Guid Practice = new("0198c0de-0000-7000-8000-000000000001");
    private static readonly Guid User = new("0198c0de-0000-7000-8000-000000000002");
    private static readonly Guid Session = new("0198c0de-0000-7000-8000-000000000003");
    private readonly ManualTimeProvider _time = new();
    private readonly SoftAuthenticator _authenticator = new() { Origin = "https://emr.clinic.example:8443" };
    private readonly Passkeys _passkeys;
    private readonly PasskeyHolder _nobody = new(PasskeyRules.HandleOf(Practice, User), PasskeysState.None);

    public PasskeyCeremonyTests() => _passkeys = new Passkeys(
        new GrainsOptions { SecretKey = new byte[32], PublicHost = "emr.clinic.example:8443" },
        new KeyedHash(new byte[32]),
        _time,
        NullLoggerFactory.Instance);

    public static TheoryData<string> Faults => ["origin", "http", "frame", "site", "person", "ceremony"];

    public void Dispose() => _authenticator.Dispose();

    [Fact]
    public async Task Given_a_passkey_made_When_it_signs_in_Then_it_is_the_accounts_and_its_counter_is_kept()
    {
        var holder = await RegisteredAsync();
        var passkey = Assert.Single(holder.Passkeys.Keys);
        Assert.Equal((1, "laptop", "internal"), (passkey.SignCount, passkey.Name, Assert.Single(passkey.Transports)));

        _time.Jump(TimeSpan.FromHours(1));
        var (proof, options) = await AnswerAsync();
        Assert.Equal((Practice, User), PasskeyRules.AccountOf(proof.Credential));
        var after = await _passkeys.VerifyAsync(holder, proof);

        Assert.NotNull(after);
        Assert.Equal((2, (DateTimeOffset?)_time.GetUtcNow()), (after.Keys[0].SignCount, after.Keys[0].LastUsedAt));
        // Nobody's name went out with the challenge, and no list of keys.
        Assert.Equal("emr.clinic.example", options.GetProperty("rpId").GetString());
        Assert.Equal("required", options.GetProperty("userVerification").GetString());
        Assert.Equal(0, options.GetProperty("allowCredentials").GetArrayLength());
    }

    [Fact]
    public async Task Given_options_to_make_a_passkey_When_read_Then_they_ask_for_a_person_and_name_those_that_are_there()
    {
        var holder = await RegisteredAsync();
        var challenge = await _passkeys.BeginRegistrationAsync(holder, Session, "dr.gray", "Dr Gray");

        using var json = JsonDocument.Parse(challenge.Options);
        var selection = json.RootElement.GetProperty("authenticatorSelection");
        Assert.Equal(("required", "required"), (selection.GetProperty("userVerification").GetString(), selection.GetProperty("residentKey").GetString()));
        Assert.Equal(1, json.RootElement.GetProperty("excludeCredentials").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("challenge").GetString()!.Length >= 22);
    }

    [Fact]
    public async Task Given_a_challenge_answered_When_the_answer_comes_again_Then_it_is_refused_until_the_challenge_is_over_and_after()
    {
        _authenticator.Counter = null;
        var holder = await RegisteredAsync();
        var (proof, _) = await AnswerAsync();
        holder = holder with { Passkeys = (await _passkeys.VerifyAsync(holder, proof))! };

        Assert.Null(await _passkeys.VerifyAsync(holder, proof));
        _time.Jump(PasskeyRules.ChallengeLifetime);
        Assert.Null(await _passkeys.VerifyAsync(holder, proof));
        // What is over is not remembered for ever.
        var (next, _) = await AnswerAsync();
        Assert.Single((await _passkeys.VerifyAsync(holder, next))!.Used);
    }

    [Fact]
    public async Task Given_five_minutes_gone_When_a_challenge_is_answered_Then_it_is_too_late()
    {
        var holder = await RegisteredAsync();
        var (proof, _) = await AnswerAsync();
        _time.Jump(PasskeyRules.ChallengeLifetime - TimeSpan.FromSeconds(1));
        Assert.NotNull(await _passkeys.VerifyAsync(holder, proof));
        _time.Jump(TimeSpan.FromSeconds(1));
        Assert.Null(await _passkeys.VerifyAsync(holder, proof));

        var challenge = await _passkeys.BeginRegistrationAsync(_nobody, Session, "dr.gray", "Dr Gray");
        _time.Jump(PasskeyRules.ChallengeLifetime);
        Assert.Null(await _passkeys.RegisterAsync(_nobody, Session, new RegisterPasskey("late", challenge.State, _authenticator.Create(challenge.Options))));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Given_an_answer_that_is_not_for_us_When_signing_in_Then_it_is_refused(string fault)
    {
        var holder = await RegisteredAsync();
        Spoil(fault);
        var (proof, _) = await AnswerAsync();
        Assert.Null(await _passkeys.VerifyAsync(holder, proof));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Given_an_answer_that_is_not_for_us_When_registering_Then_it_is_refused(string fault)
    {
        Spoil(fault);
        Assert.Null(await RegisterAsync(_nobody));
    }

    [Fact]
    public async Task Given_a_copied_authenticator_When_its_counter_falls_behind_Then_it_is_refused()
    {
        var holder = await RegisteredAsync();
        _authenticator.Counter = 40;
        var (proof, _) = await AnswerAsync();
        holder = holder with { Passkeys = (await _passkeys.VerifyAsync(holder, proof))! };
        _authenticator.Counter = 40;
        (proof, _) = await AnswerAsync();
        Assert.Null(await _passkeys.VerifyAsync(holder, proof));
    }

    [Fact]
    public async Task Given_another_authenticator_or_account_When_it_answers_Then_it_is_refused()
    {
        var holder = await RegisteredAsync();
        using var other = new SoftAuthenticator { Origin = _authenticator.Origin, UserHandle = _authenticator.UserHandle };
        var challenge = await _passkeys.BeginSignInAsync();
        Assert.Null(await _passkeys.VerifyAsync(holder, new PasskeySignIn(challenge.State, other.Get(challenge.Options))));
        // The right name of the key, and the wrong key.
        other.CredentialId = _authenticator.CredentialId;
        Assert.Null(await _passkeys.VerifyAsync(holder, new PasskeySignIn(challenge.State, other.Get(challenge.Options))));
        // The right key, for somebody else.
        _authenticator.UserHandle = PasskeyRules.HandleOf(Practice, Session);
        Assert.Null(await _passkeys.VerifyAsync(holder, new PasskeySignIn(challenge.State, _authenticator.Get(challenge.Options))));
        Assert.Null(await _passkeys.VerifyAsync(_nobody, new PasskeySignIn(challenge.State, _authenticator.Get(challenge.Options))));
    }

    [Fact]
    public async Task Given_a_challenge_of_one_session_When_another_completes_the_registration_Then_it_is_refused()
    {
        var challenge = await _passkeys.BeginRegistrationAsync(_nobody, Session, "dr.gray", "Dr Gray");
        var made = new RegisterPasskey("laptop", challenge.State, _authenticator.Create(challenge.Options));
        Assert.Null(await _passkeys.RegisterAsync(_nobody, User, made));
        Assert.Null(await _passkeys.RegisterAsync(_nobody with { Handle = PasskeyRules.HandleOf(Practice, Session) }, Session, made));
        var signIn = await _passkeys.BeginSignInAsync();
        Assert.Null(await _passkeys.RegisterAsync(_nobody, Session, made with { State = signIn.State }));
        Assert.NotNull(await _passkeys.RegisterAsync(_nobody, Session, made));
    }

    [Fact]
    public async Task Given_a_passkey_that_is_there_When_it_is_registered_again_Then_it_is_refused()
    {
        var holder = await RegisteredAsync();
        Assert.Null(await RegisterAsync(holder));
    }

    [Fact]
    public async Task Given_a_state_with_a_byte_flipped_When_it_comes_back_Then_it_is_refused()
    {
        var holder = await RegisteredAsync();
        var (proof, _) = await AnswerAsync();
        for (var i = 0; i < proof.State.Length; i++)
        {
            var flipped = proof.State.ToCharArray();
            flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
            Assert.Null(await _passkeys.VerifyAsync(holder, proof with { State = new string(flipped) }));
        }

        Assert.NotNull(await _passkeys.VerifyAsync(holder, proof));
    }

    [Fact]
    public async Task Given_a_credential_with_any_character_changed_When_it_comes_Then_it_never_opens_for_another_reason_than_being_the_same()
    {
        var holder = await RegisteredAsync();
        var (proof, _) = await AnswerAsync();
        foreach (var field in new[] { "clientDataJSON", "authenticatorData", "signature", "userHandle" })
        {
            using var json = JsonDocument.Parse(proof.Credential);
            var text = json.RootElement.GetProperty("response").GetProperty(field).GetString()!;
            // The last character of base64url may carry bits that count for nothing.
            for (var i = 0; i < text.Length - 1; i++)
            {
                var changed = text.ToCharArray();
                changed[i] = changed[i] == 'A' ? 'B' : 'A';
                var credential = proof.Credential.Replace(text, new string(changed), StringComparison.Ordinal);
                Assert.Null(await _passkeys.VerifyAsync(holder, proof with { Credential = credential }));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"response\":[]}")]
    [InlineData("{\"response\":{\"userHandle\":7}}")]
    [InlineData("{\"response\":{\"userHandle\":\"!!\"}}")]
    [InlineData("{\"response\":{\"userHandle\":\"AAAA\"}}")]
    [InlineData("[[[[[[[[[[[[")]
    public async Task Given_an_answer_of_no_known_form_When_it_comes_Then_it_names_nobody_and_opens_nothing(string credential)
    {
        Assert.Null(PasskeyRules.AccountOf(credential));
        var holder = await RegisteredAsync();
        var challenge = await _passkeys.BeginSignInAsync();
        Assert.Null(await _passkeys.VerifyAsync(holder, new PasskeySignIn(challenge.State, credential)));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost:8443", true)]
    [InlineData("emr.clinic.example", true)]
    [InlineData("192.0.2.7", false)]
    [InlineData("[2001:db8::1]", false)]
    [InlineData("https://emr.clinic.example", false)]
    [InlineData("emr.clinic.example/path", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Given_a_public_host_When_checked_Then_only_a_name_with_or_without_a_port_is_one(string? host, bool isOne) =>
        Assert.Equal(isOne, GrainsOptions.IsPublicHost(host));

    private void Spoil(string fault)
    {
        switch (fault)
        {
            case "origin":
                _authenticator.Origin = "https://emr.clinic.example.evil.example:8443";
                break;
            case "http":
                _authenticator.Origin = "http://emr.clinic.example:8443";
                break;
            case "frame":
                _authenticator.CrossOrigin = true;
                break;
            case "site":
                _authenticator.Site = "clinic.example";
                break;
            case "person":
                _authenticator.VerifiesPerson = false;
                break;
            case "ceremony":
                _authenticator.Ceremony = "payment.get";
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }

    private async Task<StoredPasskey?> RegisterAsync(PasskeyHolder holder)
    {
        var challenge = await _passkeys.BeginRegistrationAsync(holder, Session, "dr.gray", "Dr Gray");
        return await _passkeys.RegisterAsync(holder, Session, new RegisterPasskey("laptop", challenge.State, _authenticator.Create(challenge.Options)));
    }

    private async Task<PasskeyHolder> RegisteredAsync()
    {
        var passkey = await RegisterAsync(_nobody);
        Assert.NotNull(passkey);
        return _nobody with { Passkeys = new PasskeysState([passkey], []) };
    }

    private async Task<(PasskeySignIn Proof, JsonElement Options)> AnswerAsync()
    {
        var challenge = await _passkeys.BeginSignInAsync();
        using var json = JsonDocument.Parse(challenge.Options);
        return (new PasskeySignIn(challenge.State, _authenticator.Get(challenge.Options)), json.RootElement.Clone());
    }
}
