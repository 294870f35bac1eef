"""What is written on pictures, charts, captions and reports, in English and Korean."""

from feeling_manager.labels import Emotion
from feeling_manager.sinks.fonts import check_lang
from feeling_manager.types import Unclear

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "unclear": "unclear",
        "small": "too small",
        "blurred": "blurred",
        "turned": "turned away",
        "unsure": "not sure",
        "no_face": "no face",
        "no_face_found": "No face was found.",
        "person": "Person {id}",
        "one_face": "1 face",
        "faces": "{n} faces",
        "and_more": "and {n} more",
        "now": "Now",
        "cumulative": "So far, in seconds",
        "timeline_title": "What the faces showed",
        "timeline_note": "Probability of each expression; gaps: nobody there, or nothing clear to read",
        "more_in_tables": "and {n} more: report.html, readings.csv",
        "cumulative_title": "Expressions, added up",
        "cumulative_note": "Probability times seconds, summed over all faces",
        "in_view": "{seconds} s in view",
        "valence": "Valence",
        "pleasant": "pleasant",
        "unpleasant": "unpleasant",
        "seconds": "seconds",
        "captions_title": "Expressions of the faces in view",
        "not_feelings": "Read from faces by a program: they show expressions, not inner states.",
        "report_title": "Expressions in {source}",
        "readings_source": "a table of readings",
        "summary": "Summary",
        "nobody": "No face was found, so there is nothing to tell.",
        "seen": "{n} people were seen, at most {most} at once.",
        "seen_one": "One person was seen.",
        "mostly": "Together they mostly showed {emotion}: {share} of the time in view.",
        "mostly_one": "They mostly showed {emotion}: {share} of {seconds} in view.",
        "nothing_clear": "None of the faces was clear enough to read.",
        "people_hint": "A person who leaves and comes back counts as a new one.",
        "length": "Length",
        "size": "Picture",
        "frames": "Frames read",
        "dropped": "Frames lost",
        "frames_with_faces": "Frames with faces",
        "readings": "Faces read",
        "charts": "Charts",
        "timeline_alt": "Chart of the probability of each expression over time, a panel a person. {text}",
        "cumulative_alt": "Chart of the expressions added up over time. In the end: {text}.",
        "strip_title": "Who showed what, when",
        "strip_alt": "{person}: {text}",
        "strip_empty": "nothing for as long as a second",
        "persons": "People",
        "persons_caption": "Everybody who was seen, the longest first",
        "others": "{n} more people, seen for {seconds} altogether, are only in the sums.",
        "name": "Person",
        "view": "In view",
        "most_shown": "Mostly",
        "share": "Share",
        "changes": "Changes",
        "arousal": "Arousal",
        "expression": "Expression",
        "time_shown": "Time",
        "shares_caption": "Shares of the time in view",
        "spells_caption": "Longest spells",
        "from": "From",
        "to": "To",
        "lasted": "Lasted",
        "probability": "Mean probability",
        "no_spells": "No expression lasted {seconds} s or longer.",
        "from_to": "First seen at {first}, last at {last}; the expression changed {changes} times.",
        "affect": "Mean valence {valence} (from −1, unpleasant, to 1, pleasant), "
        "mean arousal {arousal} (from −1, calm, to 1, excited).",
        "meaning": "What these figures mean, and what they do not",
        "meaning_expression": "Faces show expressions, not inner states. Someone who smiles may be polite, nervous or "
        "happy: a program cannot know, and neither can this report.",
        "meaning_probability": "A probability says how sure the model is of an expression among eight, not how strong "
        "a feeling is. Acted, posed and everyday expressions, age, skin, glasses, masks and light all shift it.",
        "meaning_unclear": "Where a face was too small, blurred, turned away, or the model not sure, nothing was "
        "guessed: that time is “unclear”.",
        "meaning_time": "Times are seconds of the recording. A reading lasts until the next one of the same person, at "
        "most two seconds; changes shorter than {seconds} s are taken for flicker.",
        "meaning_affect": "Valence and arousal are averages of published values for the eight expressions, weighted "
        "with their probabilities. They are not measured.",
        "meaning_law": "Do not judge people by them at work or in education: the European Union’s AI Act, article "
        "5(1)(f), forbids systems that infer emotions there, except for medical or safety reasons. Ask the people "
        "shown before you share it.",
        "pictures_title": "Expressions in pictures",
        "pictures_read": "Pictures read",
        "pictures_with_faces": "With faces",
        "pictures_shares": "What the faces show",
        "contact_sheets": "Contact sheets",
        "contact_sheet_alt": "Contact sheet {n} of {of}: small pictures with their names and what their faces show.",
        "files_left_out": "Files left out",
        "file": "File",
        "reason_left_out": "Why",
        "made": "How it was made",
        "setting": "Item",
        "value": "Value",
    },
    "ko": {
        "unclear": "불분명",
        "small": "너무 작음",
        "blurred": "흐림",
        "turned": "고개 돌림",
        "unsure": "확신 없음",
        "no_face": "얼굴 없음",
        "no_face_found": "얼굴을 찾지 못했습니다.",
        "person": "사람 {id}",
        "one_face": "얼굴 1개",
        "faces": "얼굴 {n}개",
        "and_more": "외 {n}명",
        "now": "지금",
        "cumulative": "지금까지 누적(초)",
        "timeline_title": "얼굴에 나타난 표정",
        "timeline_note": "표정별 확률. 빈 곳은 얼굴이 없거나 읽기 어려운 때",
        "more_in_tables": "외 {n}명: report.html, readings.csv",
        "cumulative_title": "표정의 누적",
        "cumulative_note": "확률 × 초를 모든 얼굴에 대해 더한 값",
        "in_view": "화면에 {seconds}초",
        "valence": "정서가",
        "pleasant": "긍정",
        "unpleasant": "부정",
        "seconds": "초",
        "captions_title": "화면 속 얼굴의 표정",
        "not_feelings": "프로그램이 얼굴에서 읽은 것입니다. 표정일 뿐 속마음이 아닙니다.",
        "report_title": "{source}의 표정",
        "readings_source": "판독 표",
        "summary": "요약",
        "nobody": "얼굴을 찾지 못해 보여 드릴 내용이 없습니다.",
        "seen": "모두 {n}명이 보였고, 한 번에 최대 {most}명이었습니다.",
        "seen_one": "한 사람이 보였습니다.",
        "mostly": "전체적으로 가장 많이 나타난 표정은 {emotion}입니다. 화면에 나온 시간의 {share}입니다.",
        "mostly_one": "가장 많이 나타난 표정은 {emotion}입니다. 화면에 나온 {seconds} 중 {share}입니다.",
        "nothing_clear": "표정을 읽을 만큼 뚜렷한 얼굴이 없었습니다.",
        "people_hint": "나갔다가 다시 들어온 사람은 새 사람으로 셉니다.",
        "length": "길이",
        "size": "화면 크기",
        "frames": "읽은 프레임",
        "dropped": "잃은 프레임",
        "frames_with_faces": "얼굴이 있는 프레임",
        "readings": "읽은 얼굴",
        "charts": "차트",
        "timeline_alt": "사람마다 시간에 따른 표정별 확률을 그린 차트. {text}",
        "cumulative_alt": "시간에 따른 표정의 누적 차트. 마지막 값: {text}.",
        "strip_title": "누가 언제 어떤 표정이었나",
        "strip_alt": "{person}: {text}",
        "strip_empty": "1초 이상 이어진 표정이 없음",
        "persons": "사람별",
        "persons_caption": "보인 사람 모두, 오래 보인 순서",
        "others": "그 밖의 {n}명(모두 합쳐 {seconds})은 합계에만 들어 있습니다.",
        "name": "사람",
        "view": "화면에 나온 시간",
        "most_shown": "주된 표정",
        "share": "비율",
        "changes": "바뀐 횟수",
        "arousal": "각성도",
        "expression": "표정",
        "time_shown": "시간",
        "shares_caption": "화면에 나온 시간 중 비율",
        "spells_caption": "가장 오래 이어진 표정",
        "from": "시작",
        "to": "끝",
        "lasted": "이어진 시간",
        "probability": "평균 확률",
        "no_spells": "{seconds}초 이상 이어진 표정이 없습니다.",
        "from_to": "{first}에 처음, {last}에 마지막으로 보였고 표정이 {changes}번 바뀌었습니다.",
        "affect": "평균 정서가 {valence}(−1 부정 ~ 1 긍정), 평균 각성도 {arousal}(−1 차분함 ~ 1 흥분).",
        "meaning": "이 숫자가 뜻하는 것과 뜻하지 않는 것",
        "meaning_expression": "얼굴은 표정을 보여 줄 뿐 속마음을 보여 주지 않습니다. 웃는 사람은 예의를 차리는 "
        "중일 수도, 긴장했을 수도, 행복할 수도 있습니다. 프로그램도 이 보고서도 그것은 알 수 없습니다.",
        "meaning_probability": "확률은 모델이 여덟 표정 가운데 하나를 얼마나 확신하는지이며 감정의 세기가 "
        "아닙니다. 꾸민 표정과 자연스러운 표정, 나이, 피부색, 안경, 마스크, 조명이 모두 영향을 줍니다.",
        "meaning_unclear": "얼굴이 너무 작거나 흐리거나 돌아가 있거나 모델이 확신하지 못하면 추측하지 않고 "
        "“불분명”으로 두었습니다.",
        "meaning_time": "시간은 녹화의 초입니다. 한 판독은 같은 사람의 다음 판독까지, 길어야 2초까지 이어진 "
        "것으로 봅니다. {seconds}초보다 짧은 변화는 깜박임으로 봅니다.",
        "meaning_affect": "정서가와 각성도는 여덟 표정에 대해 발표된 값을 확률로 가중해 평균한 것으로, "
        "잰 값이 아닙니다.",
        "meaning_law": "직장이나 학교에서 사람을 평가하는 데 쓰지 마십시오. 유럽연합 인공지능법 제5조 1항 (f)는 "
        "의료와 안전 목적이 아니면 그곳에서 감정을 추론하는 시스템을 금지합니다. 공유하기 전에 나온 사람들의 "
        "동의를 받으십시오.",
        "pictures_title": "사진 속 표정",
        "pictures_read": "읽은 사진",
        "pictures_with_faces": "얼굴이 있는 사진",
        "pictures_shares": "얼굴에 나타난 표정",
        "contact_sheets": "사진 목록",
        "contact_sheet_alt": "사진 목록 {of}장 중 {n}번째. 작은 사진마다 이름과 표정이 적혀 있습니다.",
        "files_left_out": "제외한 파일",
        "file": "파일",
        "reason_left_out": "까닭",
        "made": "만든 방법",
        "setting": "항목",
        "value": "값",
    },
}


LETTERS: dict[str, dict[str, str]] = {
    "en": {
        "neutral": "N",
        "happiness": "H",
        "surprise": "Su",
        "sadness": "Sa",
        "anger": "A",
        "disgust": "D",
        "fear": "F",
        "contempt": "C",
    },
    "ko": {
        "neutral": "무",
        "happiness": "행",
        "surprise": "놀",
        "sadness": "슬",
        "anger": "화",
        "disgust": "혐",
        "fear": "공",
        "contempt": "경",
    },
}


class Words:
    """The words of one language, as attributes; sentences with gaps are filled with `str.format`."""

    def __init__(self, lang: str) -> None:
        """Raises UsageError for a language that we have no words in."""
        self.lang = check_lang(lang)
        self._words = WORDS[lang]

    def __getattr__(self, key: str) -> str:
        try:
            return self._words[key]
        except KeyError:
            raise AttributeError(key) from None

    def emotion(self, emotion: Emotion | None) -> str:
        """Its name; None is unclear."""
        return emotion.text(self.lang) if emotion else self.unclear

    def letters(self, emotion: Emotion | None) -> str:
        """The shortest sign for it, so that colour is not the only one; ? is unclear."""
        return LETTERS[self.lang][emotion.name] if emotion else "?"

    def reason(self, unclear: Unclear) -> str:
        """Why a face is unclear."""
        return self._words[unclear.value]

    def person_name(self, number: int) -> str:
        return self.person.format(id=number)

    def face_count(self, number: int) -> str:
        return self.one_face if number == 1 else self.faces.format(n=number)
