using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Identity;

public sealed class CommonPasswordsTests
{
    [Theory]
    [InlineData("password1234")]
    [InlineData("Password123!")]
    [InlineData("P@$$w0rd1234")]
    [InlineData("PASSWORDPASSWORD")]
    [InlineData("drowssap4321")]
    [InlineData("p a s s w o r d")]
    [InlineData("qwertyuiop12")]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("!QAZ2wsx#EDC")]
    [InlineData("1q2w3e4r5t6y")]
    [InlineData("zaq12wsxcde3")]
    [InlineData("qazwsxedcrfv")]
    [InlineData("asdfghjkl;'asdf")]
    [InlineData("123456789012")]
    [InlineData("987654321098")]
    [InlineData("135791357913")]
    [InlineData("111111222222")]
    [InlineData("415555012345")]
    [InlineData("19850312Sarah")]
    [InlineData("sarah.03121985")]
    [InlineData("12/25/1985!!")]
    [InlineData("abcdefghijkl")]
    [InlineData("abcabcabcabcabc")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("iloveyou1234")]
    [InlineData("ILoveYou2024!!")]
    [InlineData("letmeinletmein")]
    [InlineData("trustno1trustno1")]
    [InlineData("administrator1")]
    [InlineData("MyNewPassword!")]
    [InlineData("Welcome2024!")]
    [InlineData("Summer2025!!!")]
    [InlineData("September-2026")]
    [InlineData("Hospital2024!")]
    [InlineData("FamilyClinic#1")]
    [InlineData("JamEMR-2026!")]
    [InlineData("Doctor.Doctor.1")]
    [InlineData("Ｐａｓｓｗｏｒｄ1234")]
    [InlineData("pässwörd1234")]
    public void Given_a_password_of_the_usual_kinds_When_asked_Then_it_is_common(string password) =>
        Assert.True(CommonPasswords.IsCommon(password), $"{CommonPasswords.BitsOf(password, []):F1} bits");

    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("long enough password")]
    [InlineData("plover lantern gravel")]
    [InlineData("vT9#qLm2xRw!")]
    [InlineData("kdjwqpzmvxhr")]
    [InlineData("we ate nine figs on the ferry")]
    [InlineData("моя бабушка пекла хлеб")]
    [InlineData("9f86d081884c7d65")]
    public void Given_a_password_nobody_guesses_early_When_asked_Then_it_is_not_common(string password) =>
        Assert.False(CommonPasswords.IsCommon(password), $"{CommonPasswords.BitsOf(password, []):F1} bits");

    [Theory]
    [InlineData("m.okonkwo", "Okonkwo-okonkwo-77")]
    [InlineData("m.okonkwo", "0k0nkw0-2026!")]
    [InlineData("elm-street", "elmstreet4711")]
    [InlineData("Elm Street Surgery", "ElmStreetSurgery9")]
    public void Given_a_password_made_of_what_is_known_of_the_account_When_asked_Then_it_is_common(string known, string password)
    {
        Assert.True(CommonPasswords.IsCommon(password, null, known));
        if (known.Contains("okonkwo", StringComparison.Ordinal)) Assert.False(CommonPasswords.IsCommon(password + " wvqzt"));
    }

    [Fact]
    public void Given_random_passwords_of_twelve_letters_and_digits_When_asked_Then_hardly_one_in_a_thousand_is_common()
    {
        var random = new Random(4);
        var common = 0;
        for (var i = 0; i < 5_000; i++)
        {
            var password = new string(random.GetItems<char>("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 12));
            if (CommonPasswords.IsCommon(password)) common++;
        }

        Assert.InRange(common, 0, 5);
    }

    [Fact]
    public void Given_the_longest_password_allowed_When_it_is_all_look_alikes_Then_the_answer_still_comes() =>
        Assert.True(CommonPasswords.IsCommon(string.Concat(Enumerable.Repeat("1!|1", 32))));
}
