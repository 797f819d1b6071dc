"""The errors that users see: each says what is wrong, what was found, what was expected and what to do."""


class SeqrecError(Exception):
    """An error that the user can correct; the command line prints it without a traceback and exits with 2.

    Attributes:
        subject: What the message is about, under the name the user knows: a file, a column, a configuration key.
        got: What was found.
        expected: What would have been right.
        remedy: What to do about it.
    """

    def __init__(self, subject: str, *, got: str, expected: str, remedy: str) -> None:
        super().__init__(subject, got, expected, remedy)
        self.subject = subject
        self.got = got
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.subject}: got {self.got}; expected {self.expected}. {self.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes return errors pickled in memory; the default pickling would lose the keyword-only fields.
        return _rebuild, (type(self), self.subject, self.got, self.expected, self.remedy)


def _rebuild(kind: type[SeqrecError], subject: str, got: str, expected: str, remedy: str) -> SeqrecError:
    return kind(subject, got=got, expected=expected, remedy=remedy)


class DataError(SeqrecError):
    """A dump, a table or a file holds something that can't be used."""


class ConfigError(SeqrecError):
    """An experiment or a setting is wrong."""


class DownloadError(SeqrecError):
    """A public file can't be downloaded, or is not the expected one."""


class EncoderError(SeqrecError):
    """Item texts could not be turned into vectors."""


class EndpointError(SeqrecError):
    """A model behind an API can't be reached, refuses the request, or returns an unusable answer."""


class TooLargeError(EndpointError):
    """A request is larger than the endpoint accepts; a smaller one may be accepted."""


class BudgetError(SeqrecError):
    """Calling a model would cost more than the configured budget; nothing was sent."""


class TrainingError(SeqrecError):
    """A model could not be trained, for example because its loss became NaN."""


class EvaluationError(SeqrecError):
    """The fast evaluation of a model and its slow reference disagree."""


class StorageError(SeqrecError):
    """The data root can't be read or written."""


class SeqrecWarning(UserWarning):
    """Something that a user should know, and that stops nothing."""
